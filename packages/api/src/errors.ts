import { defineErrors } from '@wharf/kit';

export const { definitions, fail } = defineErrors({
  BAD_PARAMETER: { kind: 'invalid', description: 'A query parameter or header of a request has a wrong form.' },
  INVALID_JSON: { kind: 'invalid', description: 'The body of a request is not the JSON that the route takes.' },
  BODY_TOO_LARGE: { kind: 'invalid', description: 'The body of a request is larger than its route allows.' },
  UNSUPPORTED_API_VERSION: { kind: 'invalid', description: 'The API version in the path is too old or too new.' },
  PAGE_NOT_FOUND: { kind: 'not_found', description: 'No route has this method and path.' },
  NOT_OFFERED: { kind: 'not_implemented', description: 'The API has this feature, this engine does not.' },
  INVALID_CREATE: {
    kind: 'invalid',
    description: 'The body of a create request contradicts itself or its API version.',
  },
  ADDRESS_IN_USE: { kind: 'conflict', description: 'Another server answers on the address to listen on.' },
  BAD_ADDRESS: { kind: 'invalid', description: 'An address to listen on cannot be used.' },
  FOREIGN_ORIGIN: {
    kind: 'forbidden',
    description: 'A web page of another server has tried to open a web socket to the engine.',
  },
  CLIENT_GONE: { kind: 'cancelled', description: 'The client closed its connection before its request was complete.' },
});
