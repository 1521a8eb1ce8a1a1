import { messageOf } from '@wharf/kit';
import type { Identity } from './authorizer.ts';
import { fail } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { statusOf } from './remote-error.ts';
import { discard } from './transport.ts';
import type { LoginResult } from './types.ts';

/** Proves credentials to a registry: to its token server when it has one, to itself otherwise (end-1). */
export async function login(exchange: Exchange, identity: Identity): Promise<LoginResult> {
  try {
    const response = await exchange.send(identity, { method: 'GET', path: '/v2/', accept: [200] });
    discard(response);
    const identityToken = await exchange.authorizer.login(identity);
    return identityToken === undefined ? {} : { identityToken };
  } catch (error) {
    if (statusOf(error) !== 401) throw error;
    const { url } = identity.endpoint;
    const message = `login attempt to ${url}/v2/ failed with status: 401 Unauthorized`;
    const isBasic = exchange.authorizer.scheme(identity.endpoint) === 'basic';
    const words = isBasic ? message : `Get "${url}/v2/": ${messageOf(error)}`;
    throw fail('REGISTRY_UNAUTHORIZED', words, { cause: error });
  }
}
