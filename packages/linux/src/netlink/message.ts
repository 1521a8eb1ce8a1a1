import type { Step } from '../program/step.ts';
import { align } from './attributes.ts';

/** Protocol numbers of netlink sockets (linux/netlink.h). */
export const NETLINK = { route: 0, netfilter: 12 } as const;

/** Message flags (linux/netlink.h). */
export const FLAG = {
  request: 0x01,
  ack: 0x04,
  dump: 0x300,
  replace: 0x100,
  exclusive: 0x200,
  create: 0x400,
  append: 0x800,
} as const;

const HEADER = 16;
const TYPE_ERROR = 2;
const TYPE_DONE = 3;

/** A message to be sent. `pidOffset`: where in `body` the child's process id has to be written. */
export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly body: Uint8Array;
  readonly pidOffset?: number;
}

/** A message that came back. */
export interface NetlinkReply {
  readonly type: number;
  readonly body: Buffer;
}

/** Several messages as one buffer, numbered; and where in it the child's process id belongs (0: nowhere). */
export function encodeMessages(messages: readonly NetlinkMessage[]): {
  readonly bytes: Buffer;
  readonly pidOffset: number;
} {
  let pidOffset = 0;
  let start = 0;
  const parts = messages.map((message, at) => {
    const part = Buffer.alloc(align(HEADER + message.body.length));
    part.writeUInt32LE(HEADER + message.body.length, 0);
    part.writeUInt16LE(message.type, 4);
    part.writeUInt16LE(message.flags | FLAG.request, 6);
    part.writeUInt32LE(at + 1, 8);
    part.set(message.body, HEADER);
    if (message.pidOffset !== undefined) {
      if (pidOffset !== 0) throw new RangeError('only one netlink message of a batch can name the child');
      pidOffset = start + HEADER + message.pidOffset;
    }
    start += part.length;
    return part;
  });
  return { bytes: Buffer.concat(parts), pidOffset };
}

/** How a netlink conversation becomes a step. */
export interface NetlinkOptions {
  readonly side: Step['side'];
  /** Said when the program is printed. */
  readonly note: string;
  /** NETLINK.route if absent. */
  readonly protocol?: number;
  /** True: the runner returns the answers. */
  readonly answers?: boolean;
  readonly optional?: boolean;
  readonly tolerate?: number;
}

/** The step that sends the messages in one go; the first that the kernel refuses fails the step. */
export function netlinkStep(messages: readonly NetlinkMessage[], options: NetlinkOptions): Step {
  const { bytes, pidOffset } = encodeMessages(messages);
  return {
    side: options.side,
    op: {
      op: 'NETLINK',
      protocol: options.protocol ?? NETLINK.route,
      messages: bytes,
      pidOffset,
      flags: options.answers ? 1 : 0,
    },
    note: options.note,
    ...(options.optional === undefined ? {} : { optional: options.optional }),
    ...(options.tolerate === undefined ? {} : { tolerate: options.tolerate }),
  };
}

/** The messages in what a socket received, without acknowledgements and ends of dumps. */
export function parseReplies(buffers: readonly Buffer[]): NetlinkReply[] {
  return buffers.flatMap((buffer) => {
    const replies: NetlinkReply[] = [];
    for (let at = 0; at + HEADER <= buffer.length; ) {
      const length = buffer.readUInt32LE(at);
      if (length < HEADER || at + length > buffer.length) break;
      const type = buffer.readUInt16LE(at + 4);
      if (type !== TYPE_ERROR && type !== TYPE_DONE)
        replies.push({ type, body: buffer.subarray(at + HEADER, at + length) });
      at += align(length);
    }
    return replies;
  });
}
