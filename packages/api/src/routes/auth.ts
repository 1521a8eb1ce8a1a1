import type { SystemBackend } from '../backends/system.ts';
import { decodeFields } from '../create/decode-exec.ts';
import { readJson } from '../http/body.ts';
import { sendJson } from '../http/reply.ts';
import type { Exchange, Route } from '../http/router.ts';

const FIELDS = {
  username: 'string',
  password: 'string',
  serveraddress: 'string',
  identitytoken: 'string',
} as const;

/** POST /auth (SystemAuth): proves a login to a registry and gives what the client is to keep of it. */
async function auth(backend: SystemBackend, { req, res, context }: Exchange): Promise<void> {
  const fields = decodeFields('registry.AuthConfig', FIELDS, await readJson(req));
  const { username = '', password = '', serveraddress = '', identitytoken = '' } = fields;
  const login = {
    ...(username !== '' && { username }),
    ...(password !== '' && { password }),
    ...(identitytoken !== '' && { identityToken: identitytoken }),
  };
  const { identityToken = '' } = await backend.login(serveraddress, login, context);
  sendJson(res, 200, { IdentityToken: identityToken, Status: 'Login Succeeded' });
}

/** The route of the System tag that talks to registries. */
export function authRoutes(backend: SystemBackend): Route[] {
  return [{ method: 'POST', path: '/auth', handle: (exchange) => auth(backend, exchange) }];
}
