import { DEFAULT_REGISTRY } from '@wharf/spec';
import type { ConfigFile } from '../config/config-file.ts';

/** The key under which Docker's client keeps the credentials of the default registry. */
const DEFAULT_KEY = 'https://index.docker.io/v1/';

/**
 * The value of X-Registry-Auth for a registry, from the user's configuration: base64url of a JSON object, an empty one
 * when nothing is known. Credential helpers are not asked.
 */
export function registryAuth(config: ConfigFile, registry: string): string {
  const keys = registry === DEFAULT_REGISTRY ? [DEFAULT_KEY, 'docker.io', 'index.docker.io'] : [registry];
  const candidates = keys.flatMap((key) => [key, `https://${key}`, `http://${key}`]);
  const key = candidates.find((candidate) => config.auths?.[candidate]);
  const entry = key === undefined ? undefined : config.auths?.[key];
  const auth: Record<string, string> = {};
  if (entry && key !== undefined) {
    const decoded = Buffer.from(entry.auth ?? '', 'base64').toString('utf8');
    const colon = decoded.indexOf(':');
    if (colon > 0) {
      auth['username'] = decoded.slice(0, colon);
      auth['password'] = decoded.slice(colon + 1).replace(/\0+$/, '');
    }
    if (entry.identitytoken) auth['identitytoken'] = entry.identitytoken;
    auth['serveraddress'] = key;
  }
  return Buffer.from(JSON.stringify(auth)).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}
