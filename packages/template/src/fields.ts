import { type CallSite, callFunction } from './call.ts';
import type { MissingKey } from './exec.ts';
import { type GoType, INVALID, indirect, type Value } from './value.ts';

/** What `.name` is of the receiver: a method's result, a struct's field or a map's entry. */
export function fieldOf(receiver: Value, name: string, site: CallSite, missing: MissingKey): Value {
  if (receiver.kind === 'invalid') {
    if (missing === 'error') throw site.error(`nil data; no entry for key ${JSON.stringify(name)}`);
    return INVALID;
  }
  const type = receiver.type;
  const { value, isNil } = indirect(receiver);
  if (isNil) throw site.error(nilMessage(value, type, name));
  const hasArguments = site.args.length > 0 || site.final !== undefined;
  if (value.kind === 'struct' || value.kind === 'map') {
    const method = value.methods?.get(name);
    if (method !== undefined) return callFunction(method, site);
  }
  if (value.kind === 'struct') {
    const field = value.values.get(name);
    if (field !== undefined) {
      if (hasArguments) throw site.error(`${name} has arguments but cannot be invoked as function`);
      return field;
    }
  }
  if (value.kind === 'map') {
    if (hasArguments) throw site.error(`${name} is not a method but has arguments`);
    const entry = value.entries?.get(name);
    if (entry !== undefined) return entry;
    if (missing === 'error') throw site.error(`map has no entry for key ${JSON.stringify(name)}`);
    return INVALID;
  }
  throw site.error(`can't evaluate field ${name} in type ${type.name}`);
}

function nilMessage(value: Value, type: GoType, name: string): string {
  const elem = value.kind === 'ptr' ? value.type.elem : undefined;
  const unknown = elem?.kind === 'struct' && elem.fields?.every((field) => field.name !== name) === true;
  return unknown ? `can't evaluate field ${name} in type ${type.name}` : `nil pointer evaluating ${type.name}.${name}`;
}
