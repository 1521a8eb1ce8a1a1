import type { FileHandle } from 'node:fs/promises';
import {
  type LogFile,
  logFiles,
  openListed,
  readBlocks,
  readCompressed,
  tailOfCompressed,
  tailOffset,
} from './log-files.ts';
import { LogWatch } from './log-watch.ts';
import { LogRenderer, type RenderOptions } from './render-log.ts';

/** What of a log is wanted, as in the API's LogsOptions. */
export interface LogRequest extends RenderOptions {
  readonly path: string;
  readonly tail: number | 'all';
  /** While it says true, new lines are waited for. */
  readonly follow: () => boolean;
  readonly signal?: AbortSignal;
}

/** Where reading begins: the files and the offset in the first of them. */
async function begin(request: LogRequest): Promise<{ files: LogFile[]; offset: number }> {
  const files = logFiles(request.path);
  if (request.tail === 'all') return { files, offset: 0 };
  let wanted = request.tail;
  for (let at = files.length - 1; at >= 0; at -= 1) {
    const listed = files[at];
    const file = listed && (await openListed(request.path, listed));
    if (!file) continue;
    const { offset, found } = await place(file, listed.compressed, wanted);
    await file.close();
    wanted -= found;
    if (wanted <= 0) return { files: files.slice(at), offset };
  }
  return { files, offset: 0 };
}

async function place(
  file: FileHandle,
  compressed: boolean,
  wanted: number,
): Promise<{ offset: number; found: number }> {
  if (wanted === 0) return { offset: (await file.stat()).size, found: 0 };
  return compressed ? await tailOfCompressed(file, wanted) : await tailOffset(file, wanted);
}

/** Blocks of what a compressed file holds, without the first `skip` bytes. */
async function* unpacked(file: FileHandle, skip: number): AsyncGenerator<Buffer> {
  let left = skip;
  for await (const block of readCompressed(file)) {
    if (left < block.length) yield left > 0 ? block.subarray(left) : block;
    left = Math.max(0, left - block.length);
  }
}

/** Everything that a file holds now; returns where it stopped. */
async function* readAll(file: FileHandle, from: number, renderer: LogRenderer): AsyncGenerator<Buffer, number> {
  const blocks = readBlocks(file, from);
  for (let next = await blocks.next(); ; next = await blocks.next()) {
    if (next.done) return next.value;
    const bytes = renderer.push(next.value);
    if (bytes) yield bytes;
  }
}

/** Lines as they are added, until nobody adds any more; notices when the file is rotated away. */
async function* followFile(
  first: FileHandle,
  from: number,
  renderer: LogRenderer,
  request: LogRequest,
): AsyncGenerator<Buffer> {
  const watch = new LogWatch(request.path);
  let file = first;
  let at = from;
  try {
    for (let last = false; ; ) {
      at = yield* readAll(file, at, renderer);
      // A log of one file is cut to nothing when it is full.
      if ((await file.stat()).size < at) {
        renderer.reset();
        at = 0;
        continue;
      }
      const rotated = await reopened(file, request.path);
      if (rotated) {
        // What was added between the last look and the rotation, then whatever came in between.
        yield* readAll(file, at, renderer);
        for (const between of rotated.skipped) {
          renderer.reset();
          yield* readAll(between, 0, renderer);
          await between.close();
        }
        await file.close();
        renderer.reset();
        file = rotated.file;
        at = 0;
        continue;
      }
      if (last || request.signal?.aborted) break;
      do last = !goesOn(request);
      while (!last && !(await watch.next(request.signal)) && !request.signal?.aborted);
    }
  } finally {
    watch.close();
    await file.close();
  }
}

function goesOn(request: LogRequest): boolean {
  if (!request.follow()) return false;
  return request.until === undefined || BigInt(Date.now()) * 1_000_000n <= request.until;
}

/** The new file at the path, if the open one is no longer it, and the files that were rotated away in between. */
async function reopened(
  file: FileHandle,
  path: string,
): Promise<{ file: FileHandle; skipped: FileHandle[] } | undefined> {
  const { ino } = await file.stat();
  const newer: FileHandle[] = [];
  for (const listed of logFiles(path).reverse()) {
    // Only what was read already is old enough to be compressed.
    if (listed.compressed || listed.ino === ino) break;
    const candidate = await openListed(path, listed);
    if (candidate) newer.unshift(candidate);
  }
  const now = newer.pop();
  return now ? { file: now, skipped: newer } : undefined;
}

/** The log as the API streams it: frames (or raw text with a terminal), in order. */
export async function* readLog(request: LogRequest): AsyncGenerator<Buffer> {
  const { files, offset } = await begin(request);
  const renderer = new LogRenderer(request);
  for (const [index, listed] of files.entries()) {
    const { compressed } = listed;
    const file = await openListed(request.path, listed);
    if (!file) continue;
    const from = index === 0 ? offset : 0;
    if (index === files.length - 1 && !compressed) {
      yield* followFile(file, from, renderer, request);
      return;
    }
    renderer.reset();
    if (compressed) {
      for await (const block of unpacked(file, from)) {
        const bytes = renderer.push(block);
        if (bytes) yield bytes;
      }
    } else yield* readAll(file, from, renderer);
    await file.close();
  }
  // Nothing was printed yet, so there is no file: wait for it.
  const watch = files.length === 0 && request.follow() ? new LogWatch(request.path) : undefined;
  try {
    while (watch && request.follow() && !request.signal?.aborted && logFiles(request.path).length === 0) {
      await watch.next(request.signal);
    }
  } finally {
    watch?.close();
  }
  if (watch && !request.signal?.aborted && logFiles(request.path).length > 0)
    yield* readLog({ ...request, tail: 'all' });
}
