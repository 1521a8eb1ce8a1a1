import { fail } from '../errors.ts';
import { CAPABILITY_NAMES, type CapabilityName, DEFAULT_CAPABILITIES } from './table.ts';

const NUMBERS: ReadonlyMap<string, number> = new Map(CAPABILITY_NAMES.map((name, at) => [name, at]));
const ALL = 'ALL';

/** True for a full capability name, `CAP_` included. */
export function isCapabilityName(name: string): name is CapabilityName {
  return NUMBERS.has(name);
}

/** The kernel's number of a capability. */
export function capabilityNumber(name: CapabilityName): number {
  return CAPABILITY_NAMES.indexOf(name);
}

/**
 * Parses what a user wrote: any case, with or without `CAP_`. Throws UNKNOWN_CAPABILITY with Docker's message
 * `unknown capability: "CAP_X"`.
 */
export function parseCapability(text: string): CapabilityName {
  const upper = text.toUpperCase();
  const name = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  if (isCapabilityName(name)) return name;
  throw fail('UNKNOWN_CAPABILITY', `unknown capability: ${JSON.stringify(name)}`);
}

/** The set as the kernel takes it: bit n is capability n. */
export function capabilityMask(names: Iterable<CapabilityName>): bigint {
  let mask = 0n;
  for (const name of names) mask |= 1n << BigInt(capabilityNumber(name));
  return mask;
}

/** The known capabilities of a mask, by number. */
export function capabilitiesOf(mask: bigint): CapabilityName[] {
  return CAPABILITY_NAMES.filter((_, number) => (mask >> BigInt(number)) & 1n);
}

/** What `--cap-add`, `--cap-drop` and `--privileged` say. */
export interface CapabilityChanges {
  readonly add?: readonly string[];
  readonly drop?: readonly string[];
  readonly privileged?: boolean;
}

/**
 * The capabilities of a container, by number, combined as Docker does: privileged is all of them; `ALL` in add is all
 * but the dropped; `ALL` in drop is only the added; else the defaults without the dropped, and the added.
 *
 * @param available the engine's own set (CapBnd in /proc/self/status). `ALL` and privileged mean what is in it; a
 * capability asked for by name is kept even so, so that its absence is told by the kernel and not hidden.
 * Throws UNKNOWN_CAPABILITY ("invalid CapAdd: …", "invalid CapDrop: …").
 */
export function combineCapabilities(
  changes: CapabilityChanges,
  available: bigint = capabilityMask(CAPABILITY_NAMES),
): CapabilityName[] {
  const add = parseList(changes.add ?? [], 'CapAdd');
  const drop = parseList(changes.drop ?? [], 'CapDrop');
  const all = capabilityMask(CAPABILITY_NAMES) & available;
  if (changes.privileged) return capabilitiesOf(all);
  if (add.all) return capabilitiesOf(all & ~drop.mask);
  const kept = drop.all ? 0n : capabilityMask(DEFAULT_CAPABILITIES) & ~drop.mask;
  return capabilitiesOf(kept | add.mask);
}

function parseList(texts: readonly string[], field: string): { readonly all: boolean; readonly mask: bigint } {
  const isAll = (text: string) => text.toUpperCase() === ALL;
  const names = texts.filter((text) => !isAll(text)).map((text) => parseOf(text, field));
  return { all: texts.some(isAll), mask: capabilityMask(names) };
}

function parseOf(text: string, field: string): CapabilityName {
  try {
    return parseCapability(text);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw fail('UNKNOWN_CAPABILITY', `invalid ${field}: ${message}`, { cause });
  }
}
