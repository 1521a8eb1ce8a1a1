import { fail } from '../errors.ts';

/** Throws BAD_CONFIG. */
export function refuse(message: string): never {
  throw fail('BAD_CONFIG', message);
}

/** Throws NOT_SUPPORTED. */
export function unsupported(message: string): never {
  throw fail('NOT_SUPPORTED', message);
}
