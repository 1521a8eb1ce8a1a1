import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, messageOf } from '@wharf/kit';
import { fail } from '../errors.ts';

/** The user's `config.json`, as Docker's client writes it. Only the members that commands use. */
export interface ConfigFile {
  readonly auths?: Readonly<Record<string, { readonly auth?: string; readonly identitytoken?: string }>>;
  readonly HttpHeaders?: Readonly<Record<string, string>>;
  readonly psFormat?: string;
  readonly imagesFormat?: string;
  readonly volumesFormat?: string;
  readonly detachKeys?: string;
  readonly currentContext?: string;
  readonly proxies?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Larger files are refused. */
const LIMIT = 4 << 20;

/** Reads the file; a missing one is an empty configuration. Throws COMMAND_FAILED for one that cannot be read. */
export function readConfigFile(directory: string): ConfigFile {
  const path = join(directory, 'config.json');
  try {
    const text = readFileSync(path, 'utf8');
    const value: unknown = text.length > LIMIT ? undefined : JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as ConfigFile;
    throw fail('COMMAND_FAILED', 'it does not hold one JSON object of a sensible size');
  } catch (cause) {
    const errno = errnoOf(cause);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return {};
    throw fail('COMMAND_FAILED', `cannot read the client's configuration ${path}: ${messageOf(cause)}`, { cause });
  }
}
