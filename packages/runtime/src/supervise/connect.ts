import type { Socket } from 'node:net';
import { connectSocket, encodeMessage } from '@wharf/linux';
import { AttachedStream } from './attached-stream.ts';

/** Kinds of the first message on a connection to a cell's socket (cell.h). */
const HELLO = { attach: 16, control: 17 } as const;
const WANT = { stdin: 1, stdout: 2, stderr: 4 } as const;

/**
 * Attaches to a container through its cell. What is read is framed for the API (or raw with a terminal) by the cell;
 * what is written is the container's input, ending the writing side its end.
 */
export async function connectAttach(
  directory: string,
  want: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean },
): Promise<AttachedStream> {
  const stream = await AttachedStream.connect(directory, 'attach');
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(
    (want.stdin ? WANT.stdin : 0) | (want.stdout ? WANT.stdout : 0) | (want.stderr ? WANT.stderr : 0),
  );
  stream.write(encodeMessage(HELLO.attach, flags));
  return stream;
}

/** A connection that has not said yet what it wants: until it does, for a second at most, the monitor copies nothing. */
export function connectSilent(directory: string): Promise<Socket> {
  return connectSocket(directory, 'attach');
}

/** Opens a control connection to a running monitor: it tells its state at once, and later the end. */
export async function connectControl(directory: string): Promise<Socket> {
  const socket = await connectSocket(directory, 'attach');
  socket.write(encodeMessage(HELLO.control));
  return socket;
}
