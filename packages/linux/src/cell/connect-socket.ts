import { closeSync, openSync } from 'node:fs';
import { connect, type OnReadOpts, type Socket } from 'node:net';

/** Connects to a socket in a directory; `onread` as in net.connect. Through /proc, because an address holds only 107 bytes (unix(7)). */
export async function connectSocket(directory: string, name: string, onread?: OnReadOpts): Promise<Socket> {
  const fd = openSync(directory, 'r');
  try {
    const socket = connect({ path: `/proc/self/fd/${fd}/${name}`, allowHalfOpen: true, ...(onread && { onread }) });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return socket;
  } finally {
    closeSync(fd);
  }
}
