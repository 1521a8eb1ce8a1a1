import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeMessage } from '../program/encode.ts';
import { inChild, onHost, type Program, type Step } from '../program/step.ts';

const BUILD = join(import.meta.dirname, '../../../../cell/build');

/** The two builds of the cell that every test of its behaviour runs. */
export const BUILDS = [
  ['static', join(BUILD, 'cell')],
  ['sanitized', join(BUILD, 'cell-sanitized')],
] as const;

const NEW_NS = 0x00020000 | 0x04000000 | 0x08000000 | 0x40000000; // mnt uts ipc net
export const NEW_PID = 0x20000000;
const REC_PRIVATE = 16384 | 262144;

/** A place for the directories of one test file; `remove` belongs into `after`. */
export function places(): { root: string; make(name: string): string; remove(): void } {
  const root = mkdtempSync(join(tmpdir(), 'wharf-cell-'));
  return {
    root,
    make(name) {
      const path = join(root, name);
      mkdirSync(path);
      return path;
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

export interface ShellOptions {
  /** STDIO mode. */
  readonly mode?: 0 | 1 | 2 | 3 | 4;
  /** Rows and columns of the terminal. */
  readonly size?: readonly [number, number];
  /** Steps before STDIO. */
  readonly extra?: Program;
  /** Steps between STDIO and EXEC. */
  readonly late?: Program;
  readonly sharePids?: boolean;
  readonly log?: Step;
}

/** The first half: a socket, a log, a child in fresh namespaces that is not told what to run yet. */
export function parked(place: string, options: ShellOptions = {}): Program {
  return [
    onHost({ op: 'LISTEN', directory: place }),
    options.log ?? onHost({ op: 'LOG', path: join(place, 'log'), attributes: '', maxSize: 0, maxFiles: 1 }),
    onHost({ op: 'CLONE', flags: NEW_NS | (options.sharePids ? 0 : NEW_PID), cgroup: '' }),
    inChild({ op: 'SESSION' }),
    inChild({ op: 'MOUNT', source: '', target: '/', fstype: '', flags: REC_PRIVATE, data: '' }),
  ];
}

/** The second half: a shell command on the host's file system. */
export function running(command: string, options: ShellOptions = {}): Program {
  const [rows, columns] = options.size ?? [0, 0];
  return [
    ...(options.extra ?? []),
    inChild({ op: 'STDIO', mode: options.mode ?? 1, rows, columns }),
    ...(options.late ?? []),
    inChild({ op: 'EXEC', file: 'sh', arguments: ['sh', '-c', command], environment: ['PATH=/usr/bin:/bin'] }),
    onHost({ op: 'RUN' }),
  ];
}

/** The host's files with a /dev of the container's own, so that it can have a terminal. */
export function rootWithDevices(root: string): Program {
  const tmpfs = { op: 'FSMOUNT', fstype: 'tmpfs', options: ['mode=755'], attributes: 2, flags: 0 } as const;
  const options = ['newinstance', 'ptmxmode=0666'];
  return [
    inChild({ op: 'MOUNT', source: '/', target: root, fstype: '', flags: 4096 | 16384, data: '' }),
    inChild({ op: 'ROOT', path: root }),
    inChild({ ...tmpfs, target: '/dev' }),
    inChild({ op: 'FSMOUNT', fstype: 'devpts', options, attributes: 10, flags: 0, target: '/dev/pts' }),
    inChild({ op: 'MKNOD', path: '/dev/null', mode: 0o020666, major: 1, minor: 3, uid: 0, gid: 0 }),
    inChild({ op: 'MKNOD', path: '/dev/tty', mode: 0o020666, major: 5, minor: 0, uid: 0, gid: 0 }),
  ];
}

/** The first message of an attached client. */
export function hello(want: number): Buffer {
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(want);
  return encodeMessage(16, flags);
}

/** Connects to a cell's socket as an attached client; resolves with all bytes when the cell closes. */
export function attach(path: string, want: number, input?: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ path: join(path, 'attach'), allowHalfOpen: true });
    socket.write(hello(want));
    if (input !== undefined) socket.end(input);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('end', () => {
      socket.destroy();
      resolve(Buffer.concat(chunks));
    });
    socket.on('error', reject);
  });
}

export function frames(bytes: Buffer): { stream: number; text: string }[] {
  const out: { stream: number; text: string }[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = bytes.readUInt32BE(at + 4);
    out.push({ stream: bytes[at] ?? 0, text: bytes.subarray(at + 8, at + 8 + size).toString() });
    at += 8 + size;
  }
  return out;
}

/** What arrived on one stream (1 stdout, 2 stderr). */
export function textOf(bytes: Buffer, stream: 1 | 2): string {
  return frames(bytes)
    .filter((frame) => frame.stream === stream)
    .map((frame) => frame.text)
    .join('');
}
