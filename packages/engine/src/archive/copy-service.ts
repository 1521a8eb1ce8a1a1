import { WharfError } from '@wharf/kit';
import { eventAttributes } from '../containers/attributes.ts';
import type { ImagePort } from '../containers/ports.ts';
import type { ContainerRecord } from '../containers/record.ts';
import { RootfsView } from '../containers/rootfs-view.ts';
import type { ContainerStore } from '../containers/store.ts';
import { fail } from '../errors.ts';
import type { EventService } from '../events/event-service.ts';
import { resolveUser } from '../oci/user.ts';
import type { Copies, Upload } from './copies.ts';
import type { ExtractOwner, PathStat } from './messages.ts';

/** A place of a container on which something is mounted. */
export interface MountedPlace {
  readonly destination: string;
  readonly readonly: boolean;
}

export interface CopyServiceOptions {
  readonly store: ContainerStore;
  readonly images: ImagePort;
  readonly copies: Copies;
  readonly events: EventService;
  /** Binds and volumes of a container. */
  placesOf(record: ContainerRecord): readonly MountedPlace[];
}

export interface WriteOptions {
  readonly path: string;
  readonly noOverwriteDirNonDir: boolean;
  readonly copyUIDGID: boolean;
}

/** Copying files out of containers and into them, running or not. */
export class CopyService {
  readonly #options: CopyServiceOptions;

  constructor(options: CopyServiceOptions) {
    this.#options = options;
  }

  /** Throws NO_SUCH_PATH. */
  async stat(id: string, path: string): Promise<PathStat> {
    const record = this.#options.store.get(id);
    try {
      const { copy, answer } = await this.#options.copies.begin(record, 'stat', { path });
      await copy.close();
      return answer;
    } catch (error) {
      throw explain(error, id, path);
    }
  }

  /** The file or tree as an archive. A chunk's memory is used again when the next one is asked for. Throws NO_SUCH_PATH. */
  async read(id: string, path: string): Promise<{ stat: PathStat; chunks: AsyncIterable<Uint8Array> }> {
    const record = this.#options.store.get(id);
    try {
      const { copy, answer } = await this.#options.copies.begin(record, 'pack', { path });
      this.#publish('archive-path', record);
      return { stat: answer, chunks: copy.read() };
    } catch (error) {
      throw explain(error, id, path);
    }
  }

  /** Unpacks an archive in a directory. Throws NO_SUCH_PATH, NOT_A_DIRECTORY, READ_ONLY, COPY_FAILED. */
  async write(id: string, options: WriteOptions, body: Upload): Promise<void> {
    const { path, noOverwriteDirNonDir: keepKinds, copyUIDGID } = options;
    const record = this.#options.store.get(id);
    try {
      const owner = copyUIDGID ? this.#owner(record) : 'archive';
      const request = { path, keepKinds, owner };
      const { copy, answer } = await this.#options.copies.begin(record, 'extract', request);
      try {
        this.#checkWritable(record, answer);
        await copy.write(body);
      } finally {
        await copy.close();
      }
    } catch (error) {
      throw explain(error, id, path);
    }
    this.#publish('extract-to-dir', record);
  }

  /** The whole root file system, without what is mounted below it. */
  async export(id: string): Promise<AsyncIterable<Uint8Array>> {
    const record = this.#options.store.get(id);
    const { copy } = await this.#options.copies.begin(record, 'export', {}, true);
    this.#publish('export', record);
    return copy.read();
  }

  /** With `copyUIDGID` everything belongs to the container's user, if it has one. */
  #owner(record: ContainerRecord): ExtractOwner {
    const { User = '' } = record.config;
    if (User === '') return 'archive';
    const layers = this.#options.images.layers(record.id);
    const view = new RootfsView([layers.upper, ...layers.lower]);
    const text = (path: string) => view.readFile(path)?.toString('utf8') ?? '';
    const { uid, gid } = resolveUser(User, [], { passwd: text('/etc/passwd'), group: text('/etc/group') });
    return { uid, gid };
  }

  #checkWritable(record: ContainerRecord, path: string): void {
    const isAt = ({ destination }: MountedPlace) =>
      destination === '/' || path === destination || path.startsWith(`${destination}/`);
    const mounted = this.#options.placesOf(record).filter(isAt);
    // The innermost one counts.
    const place = mounted.toSorted((one, other) => other.destination.length - one.destination.length)[0];
    if (place?.readonly) throw fail('READ_ONLY', 'mounted volume is marked read-only');
    if (!place && record.hostConfig.ReadonlyRootfs) throw fail('READ_ONLY', 'container rootfs is marked read-only');
  }

  #publish(action: string, record: ContainerRecord): void {
    this.#options.events.publish('container', action, record.id, eventAttributes(record));
  }
}

/** What goes wrong in a container's files, in Docker's words. */
function explain(error: unknown, id: string, path: string): unknown {
  if (!(error instanceof WharfError)) return error;
  const { errno, syscall } = error.details;
  if (errno === 'ENOENT' || error.code === 'NO_SUCH_PATH') {
    return fail('NO_SUCH_PATH', `Could not find the file ${path} in container ${id}`, { cause: error });
  }
  if (error.code === 'TAR_TRUNCATED') return fail('COPY_FAILED', 'unexpected EOF', { cause: error });
  if (error.code === 'TAR_INVALID') return fail('COPY_FAILED', `archive/tar: ${error.message}`, { cause: error });
  if (error.code.startsWith('TAR_') || error.code === 'DECOMPRESS_FAILED')
    return fail('COPY_FAILED', error.message, { cause: error });
  if (typeof errno !== 'string') return error;
  const words = ERRNO_WORDS[errno] ?? errno;
  const call = syscall === 'open' || syscall === 'readlink' ? 'lstat' : String(syscall);
  return fail('COPY_FAILED', `${call} ${path}: ${words}`, { cause: error });
}

/** Docker's words for what the kernel says. */
const ERRNO_WORDS: Readonly<Record<string, string>> = {
  ENOTDIR: 'not a directory',
  ELOOP: 'too many levels of symbolic links',
  EROFS: 'read-only file system',
  ENOSPC: 'no space left on device',
  EDQUOT: 'disk quota exceeded',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  ENAMETOOLONG: 'file name too long',
  EXDEV: 'invalid cross-device link',
  EBUSY: 'device or resource busy',
  EEXIST: 'file exists',
  EIO: 'input/output error',
};
