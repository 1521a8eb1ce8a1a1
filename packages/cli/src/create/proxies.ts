import type { ConfigFile } from '../config/config-file.ts';

const VARIABLES: Readonly<Record<string, string>> = {
  httpProxy: 'HTTP_PROXY',
  httpsProxy: 'HTTPS_PROXY',
  noProxy: 'NO_PROXY',
  ftpProxy: 'FTP_PROXY',
  allProxy: 'ALL_PROXY',
};

/** The variables that `proxies` of config.json gives every new container, in both spellings. */
export function proxyVariables(config: ConfigFile, host: string): Record<string, string> {
  const settings = config.proxies?.[host] ?? config.proxies?.['default'] ?? {};
  const variables: Record<string, string> = {};
  for (const [setting, name] of Object.entries(VARIABLES)) {
    const value = settings[setting];
    if (!value) continue;
    variables[name] = value;
    variables[name.toLowerCase()] = value;
  }
  return variables;
}
