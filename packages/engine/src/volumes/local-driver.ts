import { chmodSync, mkdirSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { errnoOf, messageOf } from '@wharf/kit';
import { type OpRunner, onHost } from '@wharf/linux';
import { fail } from '../errors.ts';
import type { VolumeDriver } from './driver.ts';
import { parseMountFlags } from './mount-flags.ts';
import { isMountPoint } from './mount-table.ts';
import type { VolumeRecord } from './record.ts';

export interface LocalDriverOptions {
  /** Directory of all volumes; each has a directory of its name in it, with the data in `_data`, as Docker has it. */
  readonly root: string;
  readonly runner: OpRunner;
  /** Bytes of a directory on disk. */
  readonly usage: (path: string) => Promise<number>;
  /** Finds the IP address of a host name. */
  readonly lookup: (host: string) => Promise<string>;
}

const KNOWN = new Set(['type', 'device', 'o', 'size']);
/** Which option needs which others. */
const NEEDS: readonly (readonly [string, readonly string[]])[] = [
  ['type', ['device']],
  ['device', ['type']],
  ['o', ['device', 'type']],
];
const MNT_DETACH = 2;

/** Volumes in directories of the host; with options they are file systems that are mounted there while they are used. */
export class LocalDriver implements VolumeDriver {
  readonly name = 'local';
  readonly #options: LocalDriverOptions;

  constructor(options: LocalDriverOptions) {
    this.#options = options;
    mkdirSync(options.root, { recursive: true, mode: 0o701 });
  }

  check(options: Readonly<Record<string, string>>): void {
    for (const name of Object.keys(options)) {
      if (!KNOWN.has(name)) throw fail('BAD_VOLUME_OPTION', `invalid option: ${JSON.stringify(name)}`);
    }
    for (const [name, others] of NEEDS) {
      if (options[name] === undefined) continue;
      const missing = others.find((other) => options[other] === undefined);
      if (missing) throw fail('BAD_VOLUME_OPTION', `missing required option: ${JSON.stringify(missing)}`);
    }
    if (options['size'] !== undefined) {
      throw fail('BAD_VOLUME_OPTION', 'quota size requested but no quota support');
    }
    if (Object.values(options).some((value) => value.includes('\0'))) {
      throw fail('BAD_VOLUME_OPTION', 'invalid option: a value has a null character');
    }
  }

  create(record: VolumeRecord): void {
    mkdirSync(join(this.#options.root, record.name), { recursive: true, mode: 0o701 });
    const path = this.path(record);
    mkdirSync(path, { recursive: true });
    // mkdir is subject to the umask.
    chmodSync(path, 0o755);
  }

  /** The data is out of the way at once; what a crash leaves under the other name goes with the next start. */
  async remove(record: VolumeRecord): Promise<void> {
    const directory = join(this.#options.root, record.name);
    // No volume has a name that begins with a dot.
    const trash = join(this.#options.root, `.removed-${record.name}`);
    await rm(trash, { recursive: true, force: true });
    await rename(directory, trash).catch((error: unknown) => {
      if (errnoOf(error) !== 'ENOENT') throw error;
    });
    await rm(trash, { recursive: true, force: true });
  }

  path(record: VolumeRecord): string {
    return join(this.#options.root, record.name, '_data');
  }

  needsMount(record: VolumeRecord): boolean {
    return record.options?.['type'] !== undefined;
  }

  async mount(record: VolumeRecord): Promise<void> {
    const target = this.path(record);
    if (!this.needsMount(record) || isMountPoint(target)) return;
    const { type = '', device = '', o = '' } = record.options ?? {};
    const call = parseMountFlags(await withAddress(type, o, this.#options.lookup));
    const step = (source: string, fstype: string, flags: number, data: string) =>
      onHost({ op: 'MOUNT', source, target, fstype, flags, data });
    try {
      await this.#options.runner.run([
        step(device, type, call.flags, call.data),
        ...call.after.map((flags) => step('', '', flags, '')),
      ]);
    } catch (cause) {
      await this.unmount(record);
      const what = `failed to mount local volume: mount ${device}:${target}, flags: 0x${call.flags.toString(16)}`;
      const data = call.data === '' ? '' : `, data: ${withoutPassword(call.data)}`;
      throw fail('VOLUME_MOUNT', `error while mounting volume '${target}': ${what}${data}: ${messageOf(cause)}`, {
        cause,
      });
    }
  }

  async unmount(record: VolumeRecord): Promise<void> {
    const target = this.path(record);
    if (!isMountPoint(target)) return;
    await this.#options.runner.run([onHost({ op: 'UNMOUNT', target, flags: MNT_DETACH })]);
  }

  size(record: VolumeRecord): Promise<number> {
    return this.needsMount(record) ? Promise.resolve(0) : this.#options.usage(this.path(record));
  }
}

/** The kernel takes addresses only: a name in `addr=` of a network file system is looked up. Throws VOLUME_MOUNT. */
async function withAddress(type: string, o: string, lookup: LocalDriverOptions['lookup']): Promise<string> {
  const host = /(?:^|,)addr=([^,]+)/.exec(o)?.[1];
  if (host === undefined || !/^(nfs4?|cifs)$/.test(type) || isIP(host) !== 0) return o;
  try {
    const address = await lookup(host);
    return o.replace(/(^|,)addr=[^,]+/, (_, before: string) => `${before}addr=${address}`);
  } catch (cause) {
    throw fail('VOLUME_MOUNT', `error resolving passed in network volume address: ${messageOf(cause)}`, { cause });
  }
}

/** What is shown to others. */
function withoutPassword(data: string): string {
  return data.replace(/(^|,)password=[^,]*/g, '$1password=********');
}
