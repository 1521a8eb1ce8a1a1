/** Who logs in: a name with a password, or with the token that an earlier login gave. */
export interface RegistryLogin {
  readonly username?: string;
  readonly password?: string;
  readonly identityToken?: string;
}

/** Asks a registry (by its host, `docker.io` for Docker Hub) whether it knows the user. Throws REGISTRY_UNAUTHORIZED, … */
export type ProveLogin = (
  registry: string,
  login: RegistryLogin,
  options: { readonly signal: AbortSignal },
) => Promise<{ readonly identityToken?: string }>;

const HUB_HOSTS = ['', 'index.docker.io', 'registry-1.docker.io', 'docker.io'];

/** The registry that a server address names: clients send a host, or a URL whose path means nothing any more. */
export function registryOf(address: string): string {
  const host = address.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return HUB_HOSTS.includes(host) ? 'docker.io' : host;
}
