/** The few forms of MessagePack (msgpack.org, spec) that the Forward protocol needs. */

export type Packable = string | number | boolean | Uint8Array | readonly Packable[] | ReadonlyMap<string, Packable>;

/** Bytes that are put as they are: something packed before. */
export function pack(value: Packable): Buffer {
  const parts: Uint8Array[] = [];
  put(value, parts);
  return Buffer.concat(parts);
}

/** Seconds and nanoseconds as Fluentd's EventTime: extension type 0, big endian. */
export function eventTime(nanos: bigint): Uint8Array {
  const out = Buffer.alloc(10);
  out[0] = 0xd7;
  out.writeUInt32BE(Number((nanos / 1_000_000_000n) & 0xffff_ffffn), 2);
  out.writeUInt32BE(Number(nanos % 1_000_000_000n), 6);
  return out;
}

function put(value: Packable, parts: Uint8Array[]): void {
  if (typeof value === 'string') {
    const text = Buffer.from(value);
    parts.push(head(text.length, [0xa0, 32], 0xd9, 0xda), text);
  } else if (typeof value === 'number') parts.push(unsigned(value));
  else if (typeof value === 'boolean') parts.push(Buffer.from([value ? 0xc3 : 0xc2]));
  else if (value instanceof Uint8Array) parts.push(value);
  else if (value instanceof Map) {
    parts.push(head(value.size, [0x80, 16], undefined, 0xde));
    for (const [key, member] of value) {
      put(key, parts);
      put(member, parts);
    }
  } else {
    const list = value as readonly Packable[];
    parts.push(head(list.length, [0x90, 16], undefined, 0xdc));
    for (const member of list) put(member, parts);
  }
}

/** The shortest head of something so long: in the first byte, with 8 bits if there is such a form, with 16, with 32. */
function head(length: number, [tiny, limit]: readonly [number, number], one: number | undefined, two: number): Buffer {
  if (length < limit) return Buffer.from([tiny | length]);
  if (one !== undefined && length < 0x100) return Buffer.from([one, length]);
  const out = Buffer.alloc(length < 0x1_0000 ? 3 : 5);
  out[0] = length < 0x1_0000 ? two : two + 1;
  if (length < 0x1_0000) out.writeUInt16BE(length, 1);
  else out.writeUInt32BE(length, 1);
  return out;
}

function unsigned(value: number): Buffer {
  if (value < 0x80) return Buffer.from([value]);
  const out = Buffer.alloc(9);
  out[0] = 0xcf;
  out.writeBigUInt64BE(BigInt(value), 1);
  return out;
}
