import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { type LogFile, logFiles, openIfThere, openListed } from './log-files.ts';
import { parseEntry } from './log-lines.ts';

/** Which part of a line that was cut at 16 KiB an entry is. */
export interface PartialLine {
  readonly id: string;
  /** From 1 on. */
  readonly ordinal: number;
  readonly last: boolean;
}

/** One entry of the spool, without its newline. */
export interface SpoolEntry {
  readonly text: string;
  readonly stream: 'stdout' | 'stderr';
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly partial?: PartialLine;
}

/** A line of a stream that is not over yet. */
interface OpenLine {
  readonly id: string;
  readonly ordinal: number;
}

/** How far a spool was read. */
export interface SpoolPosition {
  /** Inode and time of birth: an inode's number may come again. */
  readonly file: string;
  readonly offset: number;
  readonly open: { readonly stdout?: OpenLine; readonly stderr?: OpenLine };
}

/** Entries and the position behind them. */
export interface SpoolBatch {
  readonly entries: readonly SpoolEntry[];
  readonly end: SpoolPosition;
}

const NEWLINE = 10;
/** Read at a time: what may be sent twice when an engine is killed while a receiver holds it up. */
const PIECE = 16 * 1024;
/** No line of a cell is longer. */
const LONGEST = 256 * 1024;

async function readAt(file: FileHandle, offset: number, size: number): Promise<Buffer> {
  const block = Buffer.allocUnsafe(size);
  const { bytesRead } = await file.read(block, 0, size, offset);
  return block.subarray(0, bytesRead);
}

async function identity(file: FileHandle): Promise<string> {
  const { ino, birthtimeNs } = await file.stat({ bigint: true });
  return `${ino}:${birthtimeNs}`;
}

/**
 * Reads the log of a container in pieces of whole entries, over rotations, from a position that outlives the engine. What
 * was rotated away for good before it was read is counted, never silently skipped.
 */
export class SpoolReader {
  readonly #path: string;
  #file: FileHandle | undefined;
  #position: SpoolPosition;
  /** Files that were gone before they were read to their end. */
  lost = 0;

  constructor(path: string, position: SpoolPosition | undefined) {
    this.#path = path;
    this.#position = position ?? { file: '', offset: 0, open: {} };
  }

  get position(): SpoolPosition {
    return this.#position;
  }

  /** The next entries; undefined when there are none at the moment. The position moves only with `advance`. */
  async next(): Promise<SpoolBatch | undefined> {
    for (;;) {
      this.#file ??= await this.#find();
      if (!this.#file) return undefined;
      const batch = await this.#read(this.#file);
      if (batch) return batch;
      const newer = await this.#newer();
      if (!newer) return undefined;
      // Something may have been added between the last look and the rotation.
      const rest = await this.#read(this.#file);
      if (rest) {
        await newer.close();
        return rest;
      }
      await this.#file.close();
      this.#file = newer;
      this.#position = { ...this.#position, file: await identity(newer), offset: 0 };
    }
  }

  /** The entries of a batch are done with. */
  advance(end: SpoolPosition): void {
    this.#position = end;
  }

  /** Bytes that are written but not read yet. */
  async behind(): Promise<number> {
    const files = logFiles(this.#path);
    let bytes = 0;
    const mine = this.#file && (await this.#file.stat());
    for (const { path, ino, compressed } of files.toReversed()) {
      if (compressed) break;
      const file = await openIfThere(path);
      const size = file ? (await file.stat()).size : 0;
      await file?.close();
      bytes += size;
      if (ino === mine?.ino) return bytes - this.#position.offset;
    }
    return bytes + (mine ? Math.max(0, mine.size - this.#position.offset) : 0);
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  /** Opens the file of the position, or the oldest one if that is gone. */
  async #find(): Promise<FileHandle | undefined> {
    const files = logFiles(this.#path).filter(({ compressed }) => !compressed);
    for (const listed of files) {
      const file = await openListed(this.#path, listed);
      if (!file) continue;
      if ((await identity(file)) === this.#position.file) return file;
      await file.close();
    }
    const [oldest] = files;
    const file = oldest && (await openListed(this.#path, oldest));
    if (!file) return undefined;
    if (this.#position.file !== '') this.lost += 1;
    this.#position = { file: await identity(file), offset: 0, open: {} };
    return file;
  }

  /** The file after the open one, when that was rotated away. */
  async #newer(): Promise<FileHandle | undefined> {
    const mine = await this.#file?.stat();
    const files = logFiles(this.#path).filter(({ compressed }) => !compressed);
    const at = files.findIndex(({ ino }) => ino === mine?.ino);
    if (at === files.length - 1) return undefined;
    if (at < 0) this.lost += 1;
    const next: LogFile | undefined = files[at + 1];
    return next && (await openListed(this.#path, next));
  }

  async #read(file: FileHandle): Promise<SpoolBatch | undefined> {
    const { offset } = this.#position;
    const piece = await readAt(file, offset, PIECE);
    const block = piece.length < PIECE || piece.includes(NEWLINE) ? piece : await readAt(file, offset, LONGEST);
    const end = block.lastIndexOf(NEWLINE) + 1;
    // A block without any newline is no log; it is passed over rather than read for ever.
    const used = end === 0 && block.length === LONGEST ? LONGEST : end;
    if (used === 0) return undefined;
    const open = { ...this.#position.open };
    const entries: SpoolEntry[] = [];
    for (let at = 0; at < end; ) {
      const stop = block.indexOf(NEWLINE, at);
      const entry = parseEntry(block.toString('utf8', at, stop));
      if (entry) entries.push(this.#join(entry, open, offset + at));
      at = stop + 1;
    }
    return { entries, end: { file: this.#position.file, offset: offset + used, open } };
  }

  /** Tells of an entry without newline that its line goes on. */
  #join(entry: SpoolEntry, open: { stdout?: OpenLine; stderr?: OpenLine }, offset: number): SpoolEntry {
    const whole = entry.text.endsWith('\n');
    const before = open[entry.stream];
    const text = whole ? entry.text.slice(0, -1) : entry.text;
    if (whole && !before) return { ...entry, text };
    const id = before?.id ?? lineId(`${this.#position.file}:${offset}:${entry.time}`);
    const ordinal = (before?.ordinal ?? 0) + 1;
    if (whole) delete open[entry.stream];
    else open[entry.stream] = { id, ordinal };
    return { ...entry, text, partial: { id, ordinal, last: whole } };
  }
}

/** The same line has the same number, however often it is read. */
function lineId(seed: string): string {
  return createHash('sha256').update(seed).digest('hex');
}
