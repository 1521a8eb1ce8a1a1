import type { FileHandle } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { frameHeader } from '@wharf/spec';
import { logFiles, openIfThere, readBlocks, tailOffset } from './log-files.ts';
import { entryNanos, type LogEntry, LogLines } from './log-lines.ts';

/** What of a log is wanted, as in the API's LogsOptions. */
export interface LogRequest {
  readonly path: string;
  readonly tty: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** Nanoseconds since 1970. */
  readonly since?: bigint;
  readonly until?: bigint;
  readonly timestamps: boolean;
  /** Put before every line when `details` was asked for; empty otherwise. */
  readonly details: string;
  readonly tail: number | 'all';
  /** While it says true, new lines are waited for. */
  readonly follow: () => boolean;
  readonly signal?: AbortSignal;
}

const POLL_MS = 50;

/** Nanoseconds, always nine decimals, as Docker prints log times. */
function stamp(time: string): string {
  const [seconds = '', rest = ''] = time.replace('Z', '').split('.');
  return `${seconds}.${rest.padEnd(9, '0')}Z`;
}

/** Turns entries into the bytes of the answer. */
function render(entries: readonly LogEntry[], request: LogRequest): Buffer | undefined {
  const parts: Buffer[] = [];
  for (const entry of entries) {
    if (!(entry.stream === 'stdout' ? request.stdout : request.stderr)) continue;
    if (request.since !== undefined && entryNanos(entry.time) < request.since) continue;
    if (request.until !== undefined && entryNanos(entry.time) > request.until) continue;
    const prefix = `${request.timestamps ? `${stamp(entry.time)} ` : ''}${request.details}`;
    const bytes = Buffer.from(prefix + entry.text);
    if (!request.tty) parts.push(Buffer.from(frameHeader(entry.stream === 'stdout' ? 1 : 2, bytes.length)));
    parts.push(bytes);
  }
  return parts.length === 0 ? undefined : Buffer.concat(parts);
}

/** Where reading begins: the files and the offset in the first of them. */
async function begin(request: LogRequest): Promise<{ files: string[]; offset: number }> {
  const files = logFiles(request.path);
  if (request.tail === 'all') return { files, offset: 0 };
  let wanted = request.tail;
  for (let at = files.length - 1; at >= 0; at -= 1) {
    const file = await openIfThere(files[at] ?? '');
    if (!file) continue;
    const { offset, found } =
      wanted === 0 ? { offset: (await file.stat()).size, found: 0 } : await tailOffset(file, wanted);
    await file.close();
    wanted -= found;
    if (wanted <= 0) return { files: files.slice(at), offset };
  }
  return { files, offset: 0 };
}

/** Lines as they are added, until nobody adds any more; notices when the file is rotated away. */
async function* followFile(
  first: FileHandle,
  from: number,
  lines: LogLines,
  request: LogRequest,
): AsyncGenerator<Buffer> {
  let file = first;
  let at = from;
  for (let last = false; ; ) {
    const blocks = readBlocks(file, at);
    for (let next = await blocks.next(); ; next = await blocks.next()) {
      if (next.done) {
        at = next.value;
        break;
      }
      const bytes = render(lines.push(next.value), request);
      if (bytes) yield bytes;
    }
    // A log of one file is cut to nothing when it is full.
    if ((await file.stat()).size < at) {
      at = 0;
      continue;
    }
    const rotated = await reopened(file, request.path);
    if (rotated) {
      // What was added between the last look and the rotation, then whatever came in between.
      for (const rest of [{ file, at }, ...rotated.skipped.map((between) => ({ file: between, at: 0 }))]) {
        for await (const block of readBlocks(rest.file, rest.at)) {
          const bytes = render(lines.push(block), request);
          if (bytes) yield bytes;
        }
        await rest.file.close();
      }
      file = rotated.file;
      at = 0;
      continue;
    }
    if (last || request.signal?.aborted) break;
    last = !request.follow() || (request.until !== undefined && BigInt(Date.now()) * 1_000_000n > request.until);
    if (!last) await delay(POLL_MS, undefined, { signal: request.signal }).catch(() => undefined);
  }
  await file.close();
}

/** The new file at the path, if the open one is no longer it, and the files that were rotated away in between. */
async function reopened(
  file: FileHandle,
  path: string,
): Promise<{ file: FileHandle; skipped: FileHandle[] } | undefined> {
  const { ino } = await file.stat();
  const newer: FileHandle[] = [];
  for (const name of logFiles(path).reverse()) {
    const candidate = await openIfThere(name);
    if (!candidate) continue;
    if ((await candidate.stat()).ino === ino) {
      await candidate.close();
      break;
    }
    newer.unshift(candidate);
  }
  const now = newer.pop();
  return now ? { file: now, skipped: newer } : undefined;
}

/** The log as the API streams it: frames (or raw text with a terminal), in order. */
export async function* readLog(request: LogRequest): AsyncGenerator<Buffer> {
  const { files, offset } = await begin(request);
  const lines = new LogLines();
  for (const [index, path] of files.entries()) {
    const file = await openIfThere(path);
    if (!file) continue;
    const from = index === 0 ? offset : 0;
    if (index === files.length - 1) {
      yield* followFile(file, from, lines, request);
      return;
    }
    for await (const block of readBlocks(file, from)) {
      const bytes = render(lines.push(block), request);
      if (bytes) yield bytes;
    }
    await file.close();
  }
  // Nothing was printed yet, so there is no file: wait for it.
  while (request.follow() && !request.signal?.aborted && files.length === 0) {
    await delay(POLL_MS, undefined, { signal: request.signal }).catch(() => undefined);
    if (logFiles(request.path).length > 0) {
      yield* readLog({ ...request, tail: 'all' });
      return;
    }
  }
}
