import { compareText, type JsonNode, JsonNumber, parseJson } from '@wharf/template';
import { localNanos } from './local-time.ts';

/** One event, given as JSON, as a line: time, type, action, object and its attributes by name. */
export function eventText(json: string): string {
  const event = parseJson(json);
  const actor = member(event, 'Actor');
  const attributes = member(actor, 'Attributes');
  const entries = attributes instanceof Map ? [...attributes].sort(([a], [b]) => compareText(a, b)) : [];
  const shown = entries.map(([name, value]) => `${name}=${text(value)}`).join(', ');
  const what = [text(member(event, 'Type')), text(member(event, 'Action')), text(member(actor, 'ID'))].join(' ');
  return `${when(event)}${what}${shown === '' ? '' : ` (${shown})`}\n`;
}

function member(node: JsonNode | undefined, name: string): JsonNode | undefined {
  return node instanceof Map ? node.get(name) : undefined;
}

function text(node: JsonNode | undefined): string {
  return typeof node === 'string' ? node : '';
}

function integer(node: JsonNode | undefined): bigint {
  return node instanceof JsonNumber && /^-?\d{1,19}$/.test(node.text) ? BigInt(node.text) : 0n;
}

/** The event's time with a space; nothing when it has none. */
function when(event: JsonNode): string {
  const nanos = integer(member(event, 'timeNano')) || integer(member(event, 'time')) * 1_000_000_000n;
  return nanos === 0n ? '' : `${localNanos(nanos)} `;
}
