/** Flag of an attribute that contains attributes. */
const NESTED = 0x8000;
const TYPE_MASK = 0x3fff;
const HEADER = 4;

/** One netlink attribute (struct nlattr): u16 length, u16 type, value, padded to four bytes. */
export function attribute(type: number, value: Uint8Array): Buffer {
  const bytes = Buffer.alloc(align(HEADER + value.length));
  bytes.writeUInt16LE(HEADER + value.length, 0);
  bytes.writeUInt16LE(type, 2);
  bytes.set(value, HEADER);
  return bytes;
}

/** An attribute that contains attributes. */
export function nested(type: number, ...members: readonly Uint8Array[]): Buffer {
  return attribute(type | NESTED, Buffer.concat(members));
}

/** A NUL-terminated string. */
export function text(type: number, value: string): Buffer {
  return attribute(type, Buffer.from(`${value}\0`));
}

export function u8(type: number, value: number): Buffer {
  return attribute(type, Uint8Array.of(value));
}

/** A 32-bit number in the machine's order, as rtnetlink has it. */
export function u32(type: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return attribute(type, bytes);
}

/** A 32-bit number in network order, as nfnetlink has it. */
export function u32be(type: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return attribute(type, bytes);
}

export function align(length: number): number {
  return (length + 3) & ~3;
}

/** The attributes in some bytes, by type; of a repeated one the last. Stops at the first that is malformed. */
export function parseAttributes(bytes: Buffer): Map<number, Buffer> {
  return new Map(listAttributes(bytes));
}

/** The attributes in some bytes, in order. */
export function listAttributes(bytes: Buffer): [number, Buffer][] {
  const list: [number, Buffer][] = [];
  for (let at = 0; at + HEADER <= bytes.length; ) {
    const length = bytes.readUInt16LE(at);
    if (length < HEADER || at + length > bytes.length) break;
    list.push([bytes.readUInt16LE(at + 2) & TYPE_MASK, bytes.subarray(at + HEADER, at + length)]);
    at += align(length);
  }
  return list;
}

/** A string attribute's value without its NUL. */
export function readText(value: Buffer | undefined): string | undefined {
  return value?.toString('utf8').replace(/\0.*$/s, '');
}
