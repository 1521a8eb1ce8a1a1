import { messageOf } from '@wharf/kit';
import { parse } from 'yaml';
import { fail } from '../errors.ts';

/** A device node that a device brings (https://github.com/cncf-tags/container-device-interface, SPEC.md). */
export interface CdiDeviceNode {
  readonly path: string;
  readonly hostPath?: string;
  readonly type?: string;
  readonly major?: number;
  readonly minor?: number;
  readonly fileMode?: number;
  readonly permissions?: string;
  readonly uid?: number;
  readonly gid?: number;
}

export interface CdiMount {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly type?: string;
  readonly options?: readonly string[];
}

export interface CdiHook {
  readonly hookName: string;
  readonly path: string;
  readonly args?: readonly string[];
  readonly env?: readonly string[];
  readonly timeout?: number;
}

/** What a device changes of a container. */
export interface CdiEdits {
  readonly env?: readonly string[];
  readonly deviceNodes?: readonly CdiDeviceNode[];
  readonly mounts?: readonly CdiMount[];
  readonly hooks?: readonly CdiHook[];
  readonly additionalGids?: readonly number[];
}

export interface CdiDevice {
  readonly name: string;
  readonly containerEdits: CdiEdits;
}

/** One specification: devices of a kind (`vendor.com/class`), and what all of them bring. */
export interface CdiSpec {
  readonly kind: string;
  readonly devices: readonly CdiDevice[];
  readonly containerEdits: CdiEdits;
}

type Reader<T> = (value: unknown, path: string) => T;
type Members = Readonly<Record<string, Reader<unknown>>>;
type Read<F extends Members> = { readonly [K in keyof F]?: ReturnType<F[K]> };

const wrong = (path: string, what: string) => fail('BAD_CDI_SPEC', `${path === '' ? 'it' : path} is not ${what}`);

const text: Reader<string> = (value, path) => {
  if (typeof value !== 'string' || value === '' || value.includes('\0')) throw wrong(path, 'a text');
  return value;
};

const number: Reader<number> = (value, path) => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw wrong(path, 'a whole number');
  return value;
};

const absolute: Reader<string> = (value, path) => {
  const found = text(value, path);
  if (!found.startsWith('/')) throw wrong(path, 'an absolute path');
  return found;
};

const list =
  <T>(each: Reader<T>): Reader<T[]> =>
  (value, path) => {
    if (!Array.isArray(value)) throw wrong(path, 'a list');
    return value.map((item, at) => each(item, `${path}[${at}]`));
  };

/** Members that are not named here are passed over: newer versions of the specification have more. */
const members =
  <F extends Members, R extends keyof F = never>(readers: F, required: readonly R[] = []) =>
  (value: unknown, path: string): Read<F> & { readonly [K in R]: ReturnType<F[K]> } => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(path, 'an object');
    const given = value as Readonly<Record<string, unknown>>;
    for (const name of required) if (given[String(name)] === undefined) throw wrong(`${path}.${String(name)}`, 'given');
    const entries = Object.entries(readers).flatMap(([name, read]) =>
      given[name] === undefined || given[name] === null ? [] : [[name, read(given[name], `${path}.${name}`)] as const],
    );
    return Object.fromEntries(entries) as Read<F> & { readonly [K in R]: ReturnType<F[K]> };
  };

const variable: Reader<string> = (value, path) => {
  const found = text(value, path);
  if (!found.includes('=') || found.startsWith('=')) throw wrong(path, 'NAME=value');
  return found;
};

const access: Reader<string> = (value, path) => {
  const found = text(value, path);
  if (!/^[rwm]{1,3}$/.test(found)) throw wrong(path, 'made of r, w and m');
  return found;
};

const deviceNode = members(
  {
    path: absolute,
    hostPath: absolute,
    type: text,
    major: number,
    minor: number,
    fileMode: number,
    permissions: access,
    uid: number,
    gid: number,
  },
  ['path'],
);
const mount = members({ hostPath: text, containerPath: absolute, type: text, options: list(text) }, [
  'hostPath',
  'containerPath',
]);
const hook = members({ hookName: text, path: absolute, args: list(text), env: list(variable), timeout: number }, [
  'hookName',
  'path',
]);
const edits = members({
  env: list(variable),
  deviceNodes: list(deviceNode),
  mounts: list(mount),
  hooks: list(hook),
  additionalGids: list(number),
});
const device = members({ name: text, containerEdits: edits }, ['name', 'containerEdits']);
const document = members({ cdiVersion: text, kind: text, devices: list(device), containerEdits: edits }, [
  'cdiVersion',
  'kind',
  'devices',
]);

const KIND = /^[a-z][a-z0-9_.-]*[a-z0-9]\/[a-z0-9]([a-z0-9_.-]*[a-z0-9])?$/i;
const NAME = /^[a-z0-9]([a-z0-9_.:-]*[a-z0-9])?$/i;

/** Reads the text of a specification, in JSON or YAML. Throws BAD_CDI_SPEC. */
export function parseCdiSpec(source: string): CdiSpec {
  let value: unknown;
  try {
    // JSON is YAML too. No aliases: a few of them make a document of any size.
    value = parse(source, { maxAliasCount: 0, schema: 'core', logLevel: 'error' });
  } catch (cause) {
    throw fail('BAD_CDI_SPEC', messageOf(cause), { cause });
  }
  const { cdiVersion, kind, devices, containerEdits = {} } = document(value, '');
  if (!/^v?(0\.[3-9]|1\.[01])\.\d+$/.test(cdiVersion)) throw wrong('.cdiVersion', 'a version that is known');
  if (!KIND.test(kind)) throw wrong('.kind', 'vendor/class');
  if (devices.length === 0) throw wrong('.devices', 'a list with devices');
  const bad = devices.find(({ name }) => !NAME.test(name));
  if (bad) throw wrong('.devices', `free of the name ${JSON.stringify(bad.name)}`);
  return { kind, devices, containerEdits };
}
