import { type LogEntry, parseEntry } from './log-lines.ts';
import { compareTime, normalTime, timeBytes } from './log-times.ts';

/** What of the entries is wanted, and how. */
export interface RenderOptions {
  /** Raw text instead of frames. */
  readonly tty: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** Nanoseconds since 1970, both inclusive. */
  readonly since?: bigint;
  readonly until?: bigint;
  readonly timestamps: boolean;
  /** Put before the text of every line. */
  readonly details: string;
  /** Several lines of a stream may share a frame: quicker for clients, but no longer one line a frame. */
  readonly merge?: boolean;
  /** What the cell writes behind the stream of every entry, `,"attrs":{…}`; others are read too, but slower. */
  readonly attributes?: string;
}

/** Longest line that is believed; a cell writes at most 16 KiB of output, six bytes each, and its attributes. */
const MAX_LINE = 1024 * 1024;
const HEADER = 8;
/** 2006-01-02T15:04:05.000000000Z and a space. */
const STAMP = 31;
/** `{"log":"` as two numbers. */
const BEGIN = 0x7b226c6f;
const BEGIN_REST = 0x67223a22;
const BEGIN_LENGTH = 8;
/** Bytes of an entry without text, less than any has. */
const SHORTEST = 50;
const SLACK = 16; // for copies of eight bytes, and a header put in late
/** Merged frames are about this long. */
const MERGED = 32 * 1024;
/** From this length on, a native copy is faster than a loop. */
const LONG = 512;
const STREAM = Buffer.from('","stream":"std');
/** Behind a quote, or the brace of the attributes. */
const TIME = Buffer.from(',"time":"');
const [NEWLINE, QUOTE, BACKSLASH, DOT, ZED, ZERO, BRACE] = [10, 34, 92, 46, 90, 48, 125];
const [LETTER_E, LETTER_N, LETTER_O] = [101, 110, 111];
/** What stands behind a backslash, as the byte it means; \u is none of them. */
const ESCAPES = new Uint8Array(128);
for (const [letter, byte] of ['n\n', 'r\r', 't\t', '""', '\\\\', '//', 'b\b', 'f\f']
  .entries()
  .map(([, pair]) => pair)) {
  ESCAPES[(letter ?? '').charCodeAt(0)] = (byte ?? '').charCodeAt(0);
}

/**
 * Turns the bytes of a json-file log into the bytes of the API's answer: frames, or raw text with a terminal. Lines as a
 * cell (and Docker) writes them are copied from buffer to buffer without an object for any of them; whatever looks
 * different goes through JSON.parse, and what is no entry (a torn write, a full disk) is skipped.
 */
export class LogRenderer {
  readonly #options: RenderOptions;
  readonly #details: Buffer;
  readonly #attributes: Buffer;
  /** Compared with the bytes of a time without its Z: a prefix is earlier than what goes on with more digits. */
  readonly #since: Buffer | undefined;
  readonly #until: Buffer | undefined;
  #rest = Buffer.alloc(0);
  #out = Buffer.alloc(0);
  #view = new DataView(this.#out.buffer);
  #used = 0;
  /** Where the frame begins that the next line may go into; -1 for none. And its stream. */
  #frame = -1;
  #frameStdout = true;
  #textEnd = 0;

  constructor(options: RenderOptions) {
    this.#options = options;
    this.#details = Buffer.from(options.details);
    this.#attributes = Buffer.from(options.attributes ?? '');
    this.#since = options.since === undefined ? undefined : timeBytes(options.since);
    this.#until = options.until === undefined ? undefined : timeBytes(options.until);
  }

  /** Takes the next bytes of the log (they are not kept); undefined when nothing of them is to be shown yet. */
  push(block: Buffer): Buffer | undefined {
    let from = 0;
    this.#room(block.length + this.#rest.length);
    if (this.#rest.length > 0) {
      from = block.indexOf(NEWLINE) + 1;
      if (from === 0) {
        this.#keep(Buffer.concat([this.#rest, block]));
        return undefined;
      }
      const line = Buffer.concat([this.#rest, block.subarray(0, from)]);
      this.#lines(line, 0, line.length);
    }
    const end = block.lastIndexOf(NEWLINE) + 1;
    if (end > from) this.#lines(block, from, end);
    this.#keep(end < block.length ? Buffer.from(block.subarray(Math.max(end, from))) : Buffer.alloc(0));
    if (this.#used === 0) return undefined;
    const out = this.#out.subarray(0, this.#used);
    this.#out = Buffer.alloc(0);
    this.#used = 0;
    this.#frame = -1;
    return out;
  }

  /** Forgets an unfinished line: what follows is another file. */
  reset(): void {
    this.#rest = Buffer.alloc(0);
  }

  #keep(rest: Buffer<ArrayBuffer>): void {
    this.#rest = rest.length > MAX_LINE ? Buffer.alloc(0) : rest;
  }

  /** A line in the log is longer than its header, time stamp and text together; only details can need more. */
  #room(bytes: number): void {
    const wanted = this.#used + bytes + HEADER + STAMP + this.#details.length + SLACK;
    if (this.#out.length >= wanted) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(wanted, this.#out.length * 2));
    this.#out.copy(larger, 0, 0, this.#used);
    this.#out = larger;
    this.#view = new DataView(larger.buffer, larger.byteOffset, larger.byteLength);
  }

  /** Whole lines: `to` is behind a newline. */
  #lines(block: Buffer, from: number, to: number): void {
    const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
    let backslash = -1;
    for (let at = from; at < to; ) {
      if (this.#details.length > 0) this.#room(to - at);
      const end = block.indexOf(NEWLINE, at);
      if (backslash < at) backslash = block.indexOf(BACKSLASH, at);
      if (backslash < 0) backslash = to;
      if (!this.#line(block, view, at, end, backslash)) {
        const entry = parseEntry(block.toString('utf8', at, end));
        if (entry) this.#odd(entry, to - at);
      }
      at = end + 1;
    }
  }

  /** One line of the usual form, `end` is its newline, `backslash` its first one; false when the line has another form. */
  #line(block: Buffer, view: DataView, start: number, end: number, backslash: number): boolean {
    const { tty, timestamps } = this.#options;
    if (end - start < SHORTEST || view.getUint32(start) !== BEGIN || view.getUint32(start + 4) !== BEGIN_REST)
      return false;
    const frame = this.#used;
    const from = start + BEGIN_LENGTH;
    const gap = tty || this.#isOpen() ? 0 : HEADER;
    let put = frame + gap + (timestamps ? STAMP : 0);
    for (let i = 0; i < this.#details.length; i += 1, put += 1) this.#out[put] = this.#details[i] as number;
    let quote = backslash + 2;
    // Most lines have one backslash, that of the newline at their end.
    if (backslash < end && block[quote] === QUOTE && block[backslash + 1] === LETTER_N) {
      put = this.#copy(block, view, from, backslash, put);
      this.#out[put] = NEWLINE;
      put += 1;
    } else {
      quote = this.#text(block, from, end, put);
      put = this.#textEnd;
    }
    return quote > 0 && this.#finish(block, quote, end, put, gap);
  }

  /** The rest of a line whose text was copied up to `put`: is it wanted, and what stands in front of its text. */
  #finish(block: Buffer, quote: number, end: number, put: number, gap: number): boolean {
    const { timestamps } = this.#options;
    if (!matches(block, quote, STREAM)) return false;
    const which = block[quote + STREAM.length];
    if (which !== LETTER_O && which !== LETTER_E) return false;
    // "out" and "err" are equally long; then comes a quote.
    const behind = quote + STREAM.length + 4;
    const time = behind + (matches(block, behind, this.#attributes) ? this.#attributes.length : 0) + TIME.length;
    const zed = end - 3;
    if (!matches(block, time - TIME.length, TIME) || zed < time + 19 || zed > time + 29) return false;
    if (block[zed] !== ZED || block[zed + 1] !== QUOTE || block[zed + 2] !== BRACE) return false;
    if (!(which === LETTER_O ? this.#options.stdout : this.#options.stderr)) return true;
    if (this.#since && compareTime(block, time, zed, this.#since) < 0) return true;
    if (this.#until && compareTime(block, time, zed, this.#until) > 0) return true;
    if (timestamps) this.#stamp(this.#used + gap, block, time, zed);
    this.#frameUp(which === LETTER_O, put, gap);
    return true;
  }

  /** Copies bytes without looking at them, eight at a time: up to seven too many, over which the next ones are written. */
  #copy(block: Buffer, view: DataView, from: number, to: number, at: number): number {
    if (to - from > LONG || to + 8 > block.length) {
      block.copy(this.#out, at, from, to);
      return at + to - from;
    }
    const out = this.#view;
    for (let i = from, put = at; i < to; i += 8, put += 8) out.setBigUint64(put, view.getBigUint64(i));
    return at + to - from;
  }

  /** Copies a JSON string's content to `at`, escapes undone; sets #textEnd. Returns where its quote is, 0 if it is odd. */
  #text(block: Buffer, from: number, to: number, at: number): number {
    const out = this.#out;
    let put = at;
    for (let i = from; i < to; i += 1) {
      let byte = block[i] as number;
      if (byte === QUOTE) {
        this.#textEnd = put;
        return i;
      }
      if (byte === BACKSLASH) {
        i += 1;
        byte = ESCAPES[(block[i] as number) & 127] as number;
        if (byte === 0) {
          // \u00XX is how control characters and < > & are written; other numbers are rare.
          const code = hex(block, i + 1);
          if (code < 0 || code > 127) return 0;
          byte = code;
          i += 4;
        }
      }
      out[put] = byte;
      put += 1;
    }
    return 0;
  }

  /** Whether the next line may go into the frame of the last one. */
  #isOpen(): boolean {
    return this.#frame >= 0 && this.#used - this.#frame < MERGED;
  }

  /** Gives what was put from #used + `gap` to `end` its header, or makes it a part of the frame before. */
  #frameUp(stdout: boolean, end: number, gap: number): void {
    let to = end;
    if (!this.#options.tty && gap === 0 && this.#frameStdout === stdout) {
      this.#header(this.#frame, stdout, to - this.#frame - HEADER);
    } else if (!this.#options.tty) {
      // It was taken for a part of the frame before, which is of the other stream.
      if (gap === 0) this.#out.copyWithin(this.#used + HEADER, this.#used, to);
      to += HEADER - gap;
      this.#header(this.#used, stdout, to - this.#used - HEADER);
      this.#frame = this.#options.merge ? this.#used : -1;
      this.#frameStdout = stdout;
    }
    this.#used = to;
  }

  #header(at: number, stdout: boolean, length: number): void {
    const out = this.#out;
    out[at] = stdout ? 1 : 2;
    out[at + 1] = 0;
    out[at + 2] = 0;
    out[at + 3] = 0;
    out[at + 4] = length >>> 24;
    out[at + 5] = (length >>> 16) & 255;
    out[at + 6] = (length >>> 8) & 255;
    out[at + 7] = length & 255;
  }

  /** Nanoseconds, always nine decimals, as Docker prints log times. */
  #stamp(at: number, block: Buffer, time: number, zed: number): void {
    const out = this.#out;
    let put = at;
    for (let i = time; i < zed; i += 1) out[put++] = block[i] as number;
    if (zed - time === 19) out[put++] = DOT;
    while (put < at + STAMP - 2) out[put++] = ZERO;
    out[put] = ZED;
    out[put + 1] = 32;
  }

  /** An entry that is written in another way than the usual one. */
  #odd(entry: LogEntry, ahead: number): void {
    const { tty, timestamps, stdout, stderr } = this.#options;
    const stdoutEntry = entry.stream === 'stdout';
    if (!(stdoutEntry ? stdout : stderr)) return;
    const time = Buffer.from(normalTime(entry.time));
    if (this.#since && compareTime(time, 0, time.length - 1, this.#since) < 0) return;
    if (this.#until && compareTime(time, 0, time.length - 1, this.#until) > 0) return;
    const text = Buffer.from(entry.text);
    this.#room(text.length + ahead);
    const gap = tty || this.#isOpen() ? 0 : HEADER;
    let at = this.#used + gap;
    if (timestamps) this.#stamp(at, time, 0, time.length - 1);
    at += timestamps ? STAMP : 0;
    at += this.#details.copy(this.#out, at);
    at += text.copy(this.#out, at);
    this.#frameUp(stdoutEntry, at, gap);
  }
}

function matches(block: Buffer, at: number, wanted: Buffer): boolean {
  for (let i = 0; i < wanted.length; i += 1) if (block[at + i] !== wanted[i]) return false;
  return true;
}

/** Four hexadecimal digits; -1 when they are none. */
function hex(block: Buffer, at: number): number {
  let value = 0;
  for (let i = at; i < at + 4; i += 1) {
    const byte = block[i] ?? 0;
    const digit =
      byte >= 48 && byte <= 57 ? byte - 48 : (byte | 32) >= 97 && (byte | 32) <= 102 ? (byte | 32) - 87 : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}
