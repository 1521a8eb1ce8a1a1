import type { NumberNode } from './nodes.ts';
import { printed, sortedEntries } from './print.ts';
import { float, int, string } from './types.ts';
import type { Value } from './value.ts';

/** Words an error for the place that is being executed. */
type Complain = (message: string) => Error;

/** What `range` walks over: keys with elements. Maps by key, integers from 0 on. */
export function* elements(value: Value, complain: Complain): Generator<[Value, Value]> {
  if (value.kind === 'slice') {
    for (const [index, item] of (value.items ?? []).entries()) yield [int(index), item];
  } else if (value.kind === 'map') {
    for (const [key, item] of sortedEntries(value.entries ?? new Map<string, Value>())) yield [string(key), item];
  } else if (value.kind === 'int') {
    for (let index = 0n; index < value.value; index++) yield [int(index, value.type), int(index, value.type)];
  } else if (value.kind !== 'invalid') {
    throw complain(`range can't iterate over ${printed(value)}`);
  }
}

/** A number where no type is asked for: its spelling decides between integer and float. */
export function untypedNumber(node: NumberNode, complain: Complain): Value {
  const hex = /^0[xX]/.test(node.text) && !/[pP]/.test(node.text);
  const written = /[.eEpP]/.test(node.text) && !hex && !node.text.startsWith("'");
  if (written && node.float !== undefined) return float(node.float);
  if (node.int === undefined) throw complain(`${node.text} overflows int`);
  return int(node.int);
}
