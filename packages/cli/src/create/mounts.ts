import { resolve } from 'node:path';
import type { Mount } from '@wharf/spec';
import { fail } from '../errors.ts';
import { splitCsv } from '../framework/kinds.ts';
import { parseBool, parseBytes } from '../framework/numbers.ts';

const bad = (message: string) => fail('FLAG_VALUE', message);

type Family = 'bind' | 'volume' | 'tmpfs' | 'image';

interface Draft {
  type: string;
  source: string;
  target: string;
  readOnly: boolean;
  consistency: string;
  readonly used: Set<Family>;
  readonly bind: NonNullable<Mount['BindOptions']>;
  readonly volume: NonNullable<Mount['VolumeOptions']>;
  readonly driver: { Name?: string; Options?: Record<string, string> };
  readonly tmpfs: NonNullable<Mount['TmpfsOptions']>;
  readonly image: { Subpath?: string };
}

/** Fields that may stand without a value. */
const SWITCHES = new Set(['readonly', 'ro', 'volume-nocopy', 'bind-nonrecursive', 'bind-create-src']);

function readSwitch(key: string, value: string): boolean {
  try {
    return parseBool(value);
  } catch (cause) {
    throw fail('FLAG_VALUE', `invalid value for ${key}: ${value}`, { cause });
  }
}

function pair(text: string): [string, string] {
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function setRecursive(draft: Draft, value: string): void {
  if (value === 'enabled') return;
  draft.used.add('bind');
  if (value === 'disabled') draft.bind.NonRecursive = true;
  else if (value === 'writable') draft.bind.ReadOnlyNonRecursive = true;
  else if (value === 'readonly') draft.bind.ReadOnlyForceRecursive = true;
  else {
    throw bad(`invalid value for bind-recursive: ${value} (must be "enabled", "disabled", "writable", or "readonly")`);
  }
}

function setTmpfs(draft: Draft, key: string, value: string): void {
  const wrong = (cause?: unknown) => fail('FLAG_VALUE', `invalid value for ${key}: ${value}`, { cause });
  if (key === 'tmpfs-mode') {
    if (!/^[0-7]{1,11}$/.test(value)) throw wrong();
    draft.tmpfs.Mode = Number.parseInt(value, 8);
    return;
  }
  try {
    draft.tmpfs.SizeBytes = parseBytes(value);
  } catch (cause) {
    throw wrong(cause);
  }
}

function setVolume(draft: Draft, key: string, value: string): void {
  const [name, text] = pair(value);
  switch (key) {
    case 'volume-nocopy':
      if (readSwitch(key, value)) draft.volume.NoCopy = true;
      break;
    case 'volume-label':
      if (name !== '') draft.volume.Labels = { ...draft.volume.Labels, [name]: text };
      break;
    case 'volume-driver':
      draft.driver.Name = value;
      break;
    case 'volume-opt':
      if (name !== '') draft.driver.Options = { ...draft.driver.Options, [name]: text };
      break;
    case 'volume-subpath':
      if (value !== '') draft.volume.Subpath = value;
  }
}

function setField(draft: Draft, key: string, value: string, field: string): void {
  const family = /^(bind|volume|tmpfs|image)-/.exec(key)?.[1] as Family | undefined;
  if (family && key !== 'bind-recursive') draft.used.add(family);
  switch (key) {
    case 'type':
      draft.type = value.toLowerCase();
      break;
    case 'source':
    case 'src':
      draft.source = value;
      break;
    case 'target':
    case 'dst':
    case 'destination':
      draft.target = value;
      break;
    case 'readonly':
    case 'ro':
      draft.readOnly = readSwitch(key, value);
      break;
    case 'consistency':
      draft.consistency = value.toLowerCase();
      break;
    case 'bind-propagation':
      draft.bind.Propagation = value.toLowerCase() as NonNullable<typeof draft.bind.Propagation>;
      break;
    case 'bind-nonrecursive':
      if (readSwitch(key, value)) draft.bind.NonRecursive = true;
      break;
    case 'bind-create-src':
      if (readSwitch(key, value)) draft.bind.CreateMountpoint = true;
      break;
    case 'bind-recursive':
      setRecursive(draft, value);
      break;
    case 'volume-nocopy':
    case 'volume-label':
    case 'volume-driver':
    case 'volume-opt':
    case 'volume-subpath':
      setVolume(draft, key, value);
      break;
    case 'image-subpath':
      draft.image.Subpath = value;
      break;
    case 'tmpfs-size':
    case 'tmpfs-mode':
      setTmpfs(draft, key, value);
      break;
    default:
      throw bad(`unexpected key '${key}' in '${field}'`);
  }
}

function checkDraft(draft: Draft): void {
  if (draft.type === '') throw bad('type is required');
  if (draft.target === '') throw bad('target is required');
  for (const family of ['volume', 'image', 'bind', 'tmpfs'] as const) {
    if (draft.used.has(family) && draft.type !== family) {
      throw bad(`cannot mix '${family}-*' options with mount type '${draft.type}'`);
    }
  }
  const needs = (option: string, other: string) =>
    bad(`option 'bind-recursive=${option}' requires '${other}' to be specified in conjunction`);
  if (draft.bind.ReadOnlyForceRecursive) {
    if (!draft.readOnly) throw needs('readonly', 'readonly');
    if (draft.bind.Propagation !== 'rprivate') throw needs('readonly', 'bind-propagation=rprivate');
  }
  if (draft.bind.ReadOnlyNonRecursive && !draft.readOnly) throw needs('writable', 'readonly');
}

/** `--mount type=…,src=…,dst=…`: one CSV line. Throws FLAG_VALUE. */
export function parseMount(text: string): Mount {
  if (text === '') throw bad('EOF');
  const draft: Draft = {
    type: 'volume',
    source: '',
    target: '',
    readOnly: false,
    consistency: '',
    used: new Set(),
    bind: {},
    volume: {},
    driver: {},
    tmpfs: {},
    image: {},
  };
  for (const field of splitCsv(text)) {
    const [name, given] = pair(field);
    const key = name.toLowerCase();
    const bare = !field.includes('=');
    if (bare && !SWITCHES.has(key)) throw bad(`invalid field '${field}' must be a key=value pair`);
    setField(draft, key, bare ? 'true' : given, field);
  }
  checkDraft(draft);
  return {
    Type: draft.type as NonNullable<Mount['Type']>,
    ...(draft.source === '' ? {} : { Source: draft.source }),
    Target: draft.target,
    ...(draft.readOnly ? { ReadOnly: true } : {}),
    ...(draft.consistency === '' ? {} : { Consistency: draft.consistency }),
    ...(draft.used.has('bind') ? { BindOptions: draft.bind } : {}),
    ...(draft.used.has('volume') ? { VolumeOptions: { ...draft.volume, DriverConfig: draft.driver } } : {}),
    ...(draft.used.has('tmpfs') ? { TmpfsOptions: draft.tmpfs } : {}),
    ...(draft.used.has('image') ? { ImageOptions: draft.image } : {}),
  };
}

/** Makes a source that starts with a dot absolute: the engine does not know the client's directory. */
export function absoluteMount(mount: Mount, cwd: string): Mount {
  return mount.Source?.startsWith('.') && mount.Type === 'bind'
    ? { ...mount, Source: resolve(cwd, mount.Source) }
    : mount;
}
