import { closeSync, constants, openSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';

/** Numbers of the kernel's interface. */
const O_PATH = 0o10000000;
const O_CLOEXEC = 0o2000000;
const CLONE_FS = 0x200;
const CLONE_NEWNS = 0x20000;
const F_DUPFD_CLOEXEC = 1030;
/** The same number on all architectures, as of all newer calls. */
const SYS_OPEN_TREE = 428n;
const AT_FDCWD = -100n;
/** OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC */
const OPEN_TREE_CLONE = 0o2000001n;

const CAPABILITY_VERSION_3 = 0x2008_0522;

/** The largest list and value of extended attributes that the kernel gives (xattr(7)). */
const XATTR_MAX = 65_536;

/** What is used of node:ffi, which the types of Node do not have yet. */
interface Ffi {
  readonly DynamicLibrary: new (
    path: null,
  ) => { getFunction(name: string, signature: { arguments: string[]; return: string }): Call };
  getInt32(address: bigint, offset: number): number;
}

type Call = (...parameters: readonly (Uint8Array | number | bigint)[]) => number | bigint;

/** A failed call, in the shape of Node's own errors: `code` (`ENOENT`), `errno` (negative), `syscall`. */
class CallError extends Error {
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;

  constructor(syscall: string, errno: number) {
    const code = getSystemErrorName(-errno);
    super(`${code}: ${syscall}`);
    this.code = code;
    this.errno = -errno;
    this.syscall = syscall;
  }
}

/**
 * Functions of the C library for what Node cannot do: extended attributes, device nodes, mount namespaces. Calls block, so
 * this belongs into worker threads. Paths are binary names (one character per byte) or bytes. What fails throws like
 * node:fs, with `code`, `errno` and `syscall`.
 */
export class LibC {
  readonly #calls = new Map<string, Call>();
  readonly #ffi: Ffi;
  readonly #library: InstanceType<Ffi['DynamicLibrary']>;
  readonly #errnoLocation: Call;
  readonly #names = Buffer.alloc(XATTR_MAX);
  readonly #value = Buffer.alloc(XATTR_MAX);

  constructor() {
    // Not imported: the module is experimental, and Node says so on standard error as soon as it is loaded.
    this.#ffi = process.getBuiltinModule('node:ffi') as unknown as Ffi;
    this.#library = new this.#ffi.DynamicLibrary(null);
    this.#errnoLocation = this.#find('__errno_location', [], 'pointer');
    const text = 'buffer';
    this.#declare('listxattr', [text, text, 'u64'], 'i64');
    this.#declare('getxattr', [text, text, text, 'u64'], 'i64');
    this.#declare('setxattr', [text, text, text, 'u64', 'i32'], 'i32');
    this.#declare('mknod', [text, 'u32', 'u64'], 'i32');
    this.#declare('setns', ['i32', 'i32'], 'i32');
    this.#declare('unshare', ['i32'], 'i32');
    this.#declare('open', [text, 'i32'], 'i32');
    this.#declare('close', ['i32'], 'i32');
    this.#declare('fcntl', ['i32', 'i32', 'i32'], 'i32');
    this.#declare('setfsuid', ['u32'], 'i32');
    this.#declare('setfsgid', ['u32'], 'i32');
    this.#declare('capget', [text, text], 'i32');
    this.#declare('capset', [text, text], 'i32');
    // A variadic function: on the architectures that are supported its parameters go the way of any other's.
    this.#declare('syscall', ['i64', 'i64', text, 'i64'], 'i64');
  }

  #find(name: string, parameters: readonly string[], result: string): Call {
    return this.#library.getFunction(name, { arguments: [...parameters], return: result });
  }

  #declare(name: string, parameters: readonly string[], result: string): void {
    this.#calls.set(name, this.#find(name, parameters, result));
  }

  #call(name: string, ...parameters: readonly (Uint8Array | number | bigint)[]): number {
    const result = Number(this.#calls.get(name)?.(...parameters));
    if (result < 0) throw new CallError(name, this.#ffi.getInt32(BigInt(this.#errnoLocation()), 0));
    return result;
  }

  /** Names of the extended attributes of what the path leads to; none where the file system has none. */
  attributeNames(path: string | Buffer): string[] {
    try {
      const length = this.#call('listxattr', terminated(path), this.#names, BigInt(XATTR_MAX));
      return this.#names.toString('latin1', 0, length).split('\0').filter(Boolean);
    } catch (error) {
      if (error instanceof CallError && error.code === 'ENOTSUP') return [];
      throw error;
    }
  }

  /** One extended attribute, undefined when there is none. */
  attribute(path: string | Buffer, name: string): Buffer | undefined {
    try {
      const length = this.#call('getxattr', terminated(path), terminated(name), this.#value, BigInt(XATTR_MAX));
      return Buffer.from(this.#value.subarray(0, length));
    } catch (error) {
      if (error instanceof CallError && ['ENODATA', 'ENOTSUP'].includes(error.code)) return undefined;
      throw error;
    }
  }

  /** Sets an extended attribute of what the path leads to. */
  setAttribute(path: string | Buffer, name: string, value: Uint8Array): void {
    // An empty buffer has no address.
    const bytes = value.length === 0 ? Buffer.alloc(1) : value;
    this.#call('setxattr', terminated(path), terminated(name), bytes, BigInt(value.length), 0);
  }

  /** Makes a device node or a fifo; `mode` has the type bits. A link at the end of the path is not followed (EEXIST). */
  makeNode(path: string | Buffer, mode: number, major: number, minor: number): void {
    this.#call('mknod', terminated(path), mode, deviceNumber(major, minor));
  }

  /**
   * Who owns what this thread makes from now on, with all capabilities kept, those that go with root as well
   * (setfsuid(2), capabilities(7)). Only of this thread: the kernel's calls are meant, not those of all threads.
   */
  fileUser(uid: number, gid: number): void {
    // They return who it was before, and never fail.
    this.#calls.get('setfsgid')?.(gid);
    this.#calls.get('setfsuid')?.(uid);
    const header = Buffer.alloc(8);
    header.writeUInt32LE(CAPABILITY_VERSION_3);
    // Twice effective, permitted, inheritable.
    const sets = Buffer.alloc(24);
    this.#call('capget', header, sets);
    for (const at of [0, 12]) sets.copy(sets, at, at + 4, at + 8);
    this.#call('capset', header, sets);
  }

  /** One more descriptor of the same thing, which programs that are started do not get. */
  duplicate(fd: number): number {
    return this.#call('fcntl', fd, F_DUPFD_CLOEXEC, 0);
  }

  /** Closes what `openNamespaceRoot` opened: Node warns when it closes in a thread what it did not open. */
  close(fd: number): void {
    this.#call('close', fd);
  }

  /**
   * Opens the root directory of a mount namespace (descriptor `namespace`) as a place to start from, and stays in its own.
   * Nothing but two system calls is done inside: what a container has in place of libraries is never looked at
   * (CVE-2019-14271). With `alone` it is the root's own file system, without what is mounted on it.
   */
  openNamespaceRoot(namespace: number, alone: boolean): number {
    const { O_RDONLY, O_DIRECTORY } = constants;
    const own = openSync('/proc/thread-self/ns/mnt', O_RDONLY);
    try {
      // Threads that share their working directory cannot change their mounts (setns(2)).
      this.#call('unshare', CLONE_FS);
      this.#call('setns', namespace, CLONE_NEWNS);
      try {
        return alone
          ? this.#call('syscall', SYS_OPEN_TREE, AT_FDCWD, terminated('/'), OPEN_TREE_CLONE)
          : this.#call('open', terminated('/'), O_PATH | O_DIRECTORY | O_CLOEXEC);
      } finally {
        this.#call('setns', own, CLONE_NEWNS);
      }
    } finally {
      closeSync(own);
    }
  }
}

function terminated(text: string | Buffer): Buffer {
  return typeof text === 'string' ? Buffer.from(`${text}\0`, 'latin1') : Buffer.concat([text, Buffer.alloc(1)]);
}

/** makedev(3). */
function deviceNumber(major: number, minor: number): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)];
  return ((high & 0xfffn) << 8n) | ((high & ~0xfffn) << 32n) | (low & 0xffn) | ((low & ~0xffn) << 12n);
}
