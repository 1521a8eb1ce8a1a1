/** Reading query parameters and headers the way Docker reads them. */
import type { IncomingHttpHeaders } from 'node:http';
import { messageOf } from '@wharf/kit';
import type { RegistryCredentials, RequestedPlatform } from '../backends/image.ts';
import { fail } from '../errors.ts';

/** Everything is true but absence, the empty text, `0`, `no`, `false` and `none`. */
export function booleanParameter(query: URLSearchParams, name: string): boolean {
  const text = (query.get(name) ?? '').trim().toLowerCase();
  return !['', '0', 'no', 'false', 'none'].includes(text);
}

/** A whole number, or undefined when absent or empty. */
export function integerParameter(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? '';
  if (text === '') return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw fail('BAD_PARAMETER', `strconv.Atoi: parsing "${text}": invalid syntax`);
  const value = Number(text);
  if (!Number.isSafeInteger(value)) {
    throw fail('BAD_PARAMETER', `strconv.Atoi: parsing "${text}": value out of range`);
  }
  return value;
}

/** A terminal measure: 0 to 65535, as the kernel keeps it in 16 bits. `what` names it in the message. */
export function cellsParameter(query: URLSearchParams, name: string, what: string): number {
  const text = query.get(name) ?? '';
  const wrong = (why: string) => fail('BAD_PARAMETER', `invalid resize ${what} "${text}": ${why}`);
  if (!/^\d+$/.test(text)) throw wrong('invalid syntax');
  const value = Number(text);
  if (value > 65_535) throw wrong('value out of range');
  return value;
}

/** `seconds[.fraction]` since the epoch as nanoseconds; undefined when absent, empty or (as clients send it) `0`. */
export function timestampParameter(query: URLSearchParams, name: string): bigint | undefined {
  const text = query.get(name) ?? '';
  if (text === '' || text === '0') return undefined;
  const parts = /^(-?\d{1,18})(?:\.(\d{1,9})\d*)?$/.exec(text);
  if (parts === null) throw fail('BAD_PARAMETER', `strconv.ParseInt: parsing "${text}": invalid syntax`);
  return BigInt(parts[1] ?? 0) * 1_000_000_000n + BigInt((parts[2] ?? '').padEnd(9, '0'));
}

const SYSTEMS = ['linux', 'windows', 'darwin', 'freebsd'];
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  'x86-64': 'amd64',
  amd64: 'amd64',
  aarch64: 'arm64',
  arm64: 'arm64',
  armhf: 'arm',
  arm: 'arm',
  i386: '386',
  386: '386',
  ppc64le: 'ppc64le',
  s390x: 's390x',
  riscv64: 'riscv64',
};

/** Reads `os`, `architecture` or `os/architecture[/variant]`. Throws BAD_PARAMETER. */
export function parsePlatform(text: string): RequestedPlatform {
  const parts = text.toLowerCase().split('/');
  const wrong = (why: string) => fail('BAD_PARAMETER', `"${text.slice(0, 200)}": ${why}: invalid argument`);
  if (parts.length > 3) throw wrong('cannot parse platform specifier');
  for (const part of parts) {
    if (!/^[a-z0-9][a-z0-9_.-]*$/.test(part)) throw wrong(`invalid component "${part.slice(0, 100)}"`);
  }
  const [first = '', second, third] = parts;
  if (second === undefined) {
    const architecture = ARCHITECTURES[first];
    if (architecture !== undefined) return { os: 'linux', architecture };
    if (SYSTEMS.includes(first)) return { os: first };
    throw wrong('unknown operating system or architecture');
  }
  const architecture = ARCHITECTURES[second] ?? second;
  return third === undefined ? { os: first, architecture } : { os: first, architecture, variant: third };
}

/** A platform given as OCI JSON (`{"os":"linux","architecture":"arm64"}`), as newer routes take it. */
export function parsePlatformJson(text: string): RequestedPlatform {
  const wrong = (why: string) => fail('BAD_PARAMETER', `failed to parse platform: ${why}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw wrong(messageOf(error));
  }
  if (typeof value !== 'object' || value === null) throw wrong('not an object');
  const member = (name: string): string => {
    const found: unknown = Object.entries(value).find(([key]) => key === name)?.[1] ?? '';
    if (typeof found !== 'string') throw wrong(`${name} is not a string`);
    return found;
  };
  const [os, architecture, variant] = [member('os'), member('architecture'), member('variant')];
  if (os === '' || architecture === '') throw wrong('both OS and Architecture must be provided');
  return variant === '' ? { os, architecture } : { os, architecture, variant };
}

/** Whether a text is keys that detach: characters and `ctrl-` with a letter or one of `@[\\]^_`, with commas between. */
export function areDetachKeys(text: string): boolean {
  return text === '' || text.split(',').every((key) => key.length === 1 || /^(ctrl-[a-z@[\\\]^_]|del)$/i.test(key));
}

/**
 * The login in `X-Registry-Auth`: JSON in base64, of the URL kind or not. What cannot be read counts as no login, as
 * pulling needs none.
 */
export function registryCredentials(headers: IncomingHttpHeaders): RegistryCredentials | undefined {
  const header = headers['x-registry-auth'];
  if (typeof header !== 'string' || header === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(header, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const members = new Map<string, unknown>(Object.entries(value).map(([key, member]) => [key.toLowerCase(), member]));
  const text = (name: string): string | undefined => {
    const member = members.get(name);
    return typeof member === 'string' && member !== '' ? member : undefined;
  };
  let [username, password] = [text('username'), text('password')];
  const auth = text('auth');
  if (username === undefined && auth !== undefined) {
    const pair = Buffer.from(auth, 'base64').toString('utf8');
    const colon = pair.indexOf(':');
    if (colon > 0) [username, password] = [pair.slice(0, colon), pair.slice(colon + 1)];
  }
  const identityToken = text('identitytoken');
  const registryToken = text('registrytoken');
  const serverAddress = text('serveraddress');
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(identityToken !== undefined && { identityToken }),
    ...(registryToken !== undefined && { registryToken }),
    ...(serverAddress !== undefined && { serverAddress }),
  };
}
