import { readFileSync } from 'node:fs';
import type { OciResources } from '@wharf/spec';
import { Json } from '../config/json.ts';
import { readJson } from '../config/read-config.ts';
import { ContainerCgroup } from '../container/machine.ts';
import { statusOf } from '../container/status.ts';
import { fail } from '../errors.ts';
import { type FlagKinds, type Flags, parseFlags } from '../flags.ts';
import type { Command } from './command.ts';

/** Options with numbers, and where they belong in the resources. */
const NUMBERS: Readonly<Record<string, readonly [group: string, member: string]>> = {
  memory: ['memory', 'limit'],
  'memory-reservation': ['memory', 'reservation'],
  'memory-swap': ['memory', 'swap'],
  'cpu-period': ['cpu', 'period'],
  'cpu-quota': ['cpu', 'quota'],
  'cpu-share': ['cpu', 'shares'],
  'cpu-rt-period': ['cpu', 'realtimePeriod'],
  'cpu-rt-runtime': ['cpu', 'realtimeRuntime'],
  'pids-limit': ['pids', 'limit'],
  'blkio-weight': ['blockIO', 'weight'],
};
const TEXTS: typeof NUMBERS = { 'cpuset-cpus': ['cpu', 'cpus'], 'cpuset-mems': ['cpu', 'mems'] };
const KINDS: FlagKinds = Object.fromEntries(
  ['resources', 'kernel-memory', 'kernel-memory-tcp', ...Object.keys(NUMBERS), ...Object.keys(TEXTS)].map((name) => [
    name,
    'value' as const,
  ]),
);
/** Standard input. */
const STDIN = 0;

/** Bytes, with a unit of k, m, g or t. */
function number(name: string, text: string): number {
  const match = /^(-?\d{1,15})([kmgt]?)b?$/i.exec(text);
  if (!match) throw fail('OCI_USAGE', `invalid value for ${name}: ${text}`);
  return Number(match[1]) * 1024 ** ' kmgt'.indexOf((match[2] || ' ').toLowerCase());
}

function fromFlags(flags: Flags): OciResources {
  const resources: Record<string, Record<string, unknown>> = {};
  const put = ([group, member]: readonly [string, string], value: unknown) => {
    resources[group] = { ...resources[group], [member]: value };
  };
  for (const [name, place] of Object.entries(NUMBERS)) {
    const text = flags.text(name);
    if (text !== undefined) put(place, number(name, text));
  }
  for (const [name, place] of Object.entries(TEXTS)) {
    const text = flags.text(name);
    if (text !== undefined) put(place, text);
  }
  return resources as OciResources;
}

/** Members that are 0 or empty are as they were, which is how Go's callers leave them out. */
function withoutZeros(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).map(([name, one]) => [name, withoutZeros(one)] as const);
  return Object.fromEntries(entries.filter(([, one]) => one !== 0 && one !== '' && one !== null));
}

function fromFile(file: string): OciResources {
  const document = file === '-' ? new Json(JSON.parse(readFileSync(STDIN, 'utf8')), '') : readJson(file);
  const { devices: _, ...resources } = withoutZeros(document.value) as OciResources;
  return resources;
}

/** `update ID`: limits by options, or by a document of resources. */
export const update: Command = async (host, args) => {
  const flags = parseFlags(args, KINDS, { r: 'resources' });
  const state = host.states.get(flags.id);
  if (statusOf(host.states, state) === 'stopped') throw fail('OCI_WRONG_STATE', 'cannot update a stopped container');
  const file = flags.text('resources');
  const resources = file === undefined ? fromFlags(flags) : fromFile(file);
  const now = state.config.linux.resources;
  const current = { limit: now.memory?.limit ?? -1, swap: now.memory?.swap ?? -1 };
  new ContainerCgroup(state.config.linux.cgroupsPath).update(resources, current);
  const memory = { ...now.memory, ...resources.memory };
  const linux = { ...state.config.linux, resources: { ...now, memory } };
  host.states.save({ ...state, config: { ...state.config, linux } });
  return 0;
};
