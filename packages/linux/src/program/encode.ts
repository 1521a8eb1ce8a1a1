import { type FieldType, OPERATIONS, type Op } from './ops.gen.ts';
import type { Program, Step } from './step.ts';

/** Kinds of messages from the engine to a cell; each is a header of kind and payload length (both u32, little endian). */
export const MESSAGE = { program: 1, signal: 2, resize: 3, closeStdin: 4 } as const;

/** The largest message a cell accepts, in bytes (cell.h has the same number). */
export const MAX_MESSAGE = 4 * 1024 * 1024;

const NUMBERS: ReadonlyMap<Op['op'], number> = new Map(OPERATIONS.map((operation, at) => [operation.name, at]));
const SIDE_CHILD = 1;
const OPTIONAL = 2;

/**
 * Encodes a program as one `program` message. A step is: u16 operation, u16 flags (1 child, 2 optional), u32 tolerated
 * errno, u32 length of the arguments, arguments. Numbers are u64; strings and bytes are u32 length, content, NUL; lists
 * are u32 count and strings. All little endian.
 */
export function encodeProgram(program: Program): Buffer {
  return encodeMessage(MESSAGE.program, Buffer.concat(program.map(encodeStep)));
}

/** Frames a payload. */
export function encodeMessage(kind: number, payload: Uint8Array = new Uint8Array()): Buffer {
  if (payload.length > MAX_MESSAGE) throw new RangeError(`a cell message of ${payload.length} bytes is too large`);
  const header = Buffer.alloc(8);
  header.writeUInt32LE(kind, 0);
  header.writeUInt32LE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

function encodeStep(step: Step): Buffer {
  const number = NUMBERS.get(step.op.op);
  const operation = number === undefined ? undefined : OPERATIONS[number];
  if (number === undefined || operation === undefined) throw new RangeError(`unknown operation ${step.op.op}`);
  const values = step.op as unknown as Readonly<Record<string, unknown>>;
  const body = Buffer.concat(operation.fields.map(([name, type]) => encodeField(type, values[name], name)));
  const header = Buffer.alloc(12);
  header.writeUInt16LE(number, 0);
  header.writeUInt16LE((step.side === 'child' ? SIDE_CHILD : 0) | (step.optional ? OPTIONAL : 0), 2);
  header.writeUInt32LE(step.tolerate ?? 0, 4);
  header.writeUInt32LE(body.length, 8);
  return Buffer.concat([header, body]);
}

function encodeField(type: FieldType, value: unknown, name: string): Buffer {
  if (type === 'u' && (typeof value === 'number' || typeof value === 'bigint')) {
    const number = Buffer.alloc(8);
    number.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
    return number;
  }
  if (type === 's' && typeof value === 'string') return encodeString(value, name);
  if (type === 'b' && value instanceof Uint8Array) return encodeBytes(value);
  if (type === 'l' && Array.isArray(value)) {
    const count = Buffer.alloc(4);
    count.writeUInt32LE(value.length);
    return Buffer.concat([count, ...value.map((item) => encodeString(String(item), name))]);
  }
  throw new TypeError(`operation field ${name} has the wrong type`);
}

function encodeString(value: string, name: string): Buffer {
  if (value.includes('\0')) throw new TypeError(`operation field ${name} contains a NUL`);
  return encodeBytes(Buffer.from(value));
}

function encodeBytes(value: Uint8Array): Buffer {
  const out = Buffer.alloc(5 + value.length);
  out.writeUInt32LE(value.length, 0);
  out.set(value, 4);
  return out;
}
