import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ContentStore } from '@wharf/content';
import { Database, isCode, silentLogger, systemClock } from '@wharf/kit';
import { CellRunner, type OpRunner } from '@wharf/linux';
import type { Digest } from '@wharf/spec';
import { parseReference } from '@wharf/spec';
import { ImageService, type ImageServiceOptions, type PullOptions } from '../image-service.ts';
import { imagesSchema } from '../schema.ts';
import type { ImageEvent, ImageUse, PullEvent } from '../types.ts';
import { FakeRegistry } from './fake-registry.ts';

const CELL = join(import.meta.dirname, '../../../../cell/build/cell');
const WORKER = new URL('../unpack-worker.ts', import.meta.url);

/** An image store in memory (tmpfs) with a registry, for tests. */
export class ImageWorld implements AsyncDisposable {
  readonly root: string;
  readonly registry = new FakeRegistry();
  readonly events: ImageEvent[] = [];
  readonly uses = new Map<string, ImageUse[]>();
  readonly #runner = new CellRunner(CELL);
  readonly #ownRoot: boolean;
  database: Database;
  images: ImageService;

  constructor(options: Partial<ImageServiceOptions> = {}, root?: string) {
    this.root = root ?? mkdtempSync('/dev/shm/wharf-images-');
    this.#ownRoot = root === undefined;
    mkdirSync(this.root, { recursive: true });
    this.database = new Database(join(this.root, 'db'), [imagesSchema]);
    this.images = this.#service(options);
  }

  #service(options: Partial<ImageServiceOptions>): ImageService {
    return new ImageService({
      root: join(this.root, 'store'),
      database: this.database,
      content: new ContentStore({ root: join(this.root, 'content') }),
      registry: this.registry,
      ops: this.ops,
      clock: systemClock(),
      logger: silentLogger,
      workerUrl: WORKER,
      platform: { os: 'linux', architecture: 'amd64' },
      inUse: (id) => this.uses.get(id) ?? [],
      onEvent: (event) => this.events.push(event),
      idleMs: 50,
      secondMs: 1,
      ...options,
    });
  }

  get ops(): OpRunner {
    return this.#runner;
  }

  /** As after a crash and a new start of the engine: nothing in memory survives. */
  async restart(options: Partial<ImageServiceOptions> = {}): Promise<void> {
    await this.images.stop();
    this.database.close();
    this.database = new Database(join(this.root, 'db'), [imagesSchema]);
    this.images = this.#service(options);
    await this.images.start();
    await this.images.emptyTrash();
  }

  /** Pulls and returns the messages. */
  async pull(name: string, options: Partial<PullOptions> = {}): Promise<PullEvent[]> {
    const events: PullEvent[] = [];
    await this.images.pull(parseReference(name), { onEvent: (event) => events.push(event), ...options });
    return events;
  }

  /** Names in a directory of the store. */
  names(dir: 'layers' | 'tmp' | 'trash' | 'snapshots'): string[] {
    const path = join(this.root, 'store', dir);
    return existsSync(path) ? readdirSync(path).sort() : [];
  }

  /** What is on disk and in the tables, to see that nothing is left behind. */
  async leftovers(): Promise<Record<string, number>> {
    await this.images.emptyTrash();
    const count = (table: string) => Number(this.database.get(`SELECT count(*) AS n FROM ${table}`)?.['n']);
    return {
      layers: this.names('layers').length,
      tmp: this.names('tmp').length,
      trash: this.names('trash').length,
      snapshots: this.names('snapshots').length,
      blobs: readdirSync(join(this.root, 'content/blobs/sha256')).length,
      ingest: readdirSync(join(this.root, 'content/ingest')).length,
      rows: ['layers', 'images', 'image_layers', 'image_tags', 'image_digests', 'image_blobs', 'layer_sources']
        .map(count)
        .reduce((sum, each) => sum + each, 0),
    };
  }

  inUse(id: Digest, ...uses: ImageUse[]): void {
    this.uses.set(id, uses);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.images.stop();
    await this.#runner.close().catch((error: unknown) => {
      if (!isCode(error, 'CELL_GONE')) throw error;
    });
    this.database.close();
    if (this.#ownRoot) rmSync(this.root, { recursive: true, force: true });
  }
}

/** Nothing at all. */
export const EMPTY = { layers: 0, tmp: 0, trash: 0, snapshots: 0, blobs: 0, ingest: 0, rows: 0 };
