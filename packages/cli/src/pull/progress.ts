import { humanSize, type ProgressMessage } from '@wharf/spec';
import { exitError } from '../errors.ts';
import type { Output } from '../framework/streams.ts';

/** Widths from which the bar, and the time that is left, are drawn. */
const BAR_WIDTH = 110;
const TIME_WIDTH = 50;
const BAR = 50;

function timeLeft(message: NonNullable<ProgressMessage['progressDetail']>, now: number): string {
  const { current = 0, total = 0, start = 0 } = message;
  if (current <= 0 || start <= 0 || current >= total) return '';
  const seconds = Math.round(((now / 1000 - start) / current) * (total - current));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  const tail = `${seconds % 60}s`;
  if (hours > 0) return ` ${hours}h${minutes}m${tail}`;
  return minutes > 0 ? ` ${minutes}m${tail}` : ` ${tail}`;
}

/** What stands behind the status of a layer on a terminal: bar, sizes, time left; empty when nothing is counted. */
export function progressText(detail: ProgressMessage['progressDetail'], width: number, now: number): string {
  const { current = 0, total = 0, units = '' } = detail ?? {};
  if (!detail || (current <= 0 && total <= 0)) return '';
  const count = (value: number): string => (units === '' ? humanSize(value) : `${value}`);
  const suffix = units === '' ? '' : ` ${units}`;
  if (total <= 0) return `${count(current).padStart(units === '' ? 8 : 0)}${suffix}`;
  const filled = Math.min(BAR, Math.floor(Math.floor((current / total) * 100) / 2));
  const bar = width > BAR_WIDTH ? `[${'='.repeat(filled)}>${' '.repeat(BAR - filled)}] ` : '';
  const left = count(current).padStart(units === '' ? 8 : 0);
  const numbers = current > total ? `${left}${suffix}` : `${left}/${count(total)}${suffix}`;
  return `${bar}${numbers}${width > TIME_WIDTH && filled < BAR ? timeLeft(detail, now) : ''}`;
}

/** Shows the messages of one operation: one line per layer, redrawn in place on a terminal. */
class ProgressView {
  readonly #out: Output;
  readonly #now: () => number;
  /** Line number of each layer, counted from the first. */
  #lines = new Map<string, number>();

  constructor(out: Output, now: () => number) {
    this.#out = out;
    this.#now = now;
  }

  show(message: ProgressMessage): void {
    if (message.error !== undefined || message.errorDetail) {
      throw exitError(message.errorDetail?.message ?? message.error ?? '', 1);
    }
    if (message.aux !== undefined && message.aux !== null) return;
    const text = this.#out.isTerminal ? this.#terminalText(message) : this.#plainText(message);
    if (text !== '') this.#out.write(text);
  }

  #plainText({ id, status = '', stream, progressDetail, progress }: ProgressMessage): string {
    if ((progressDetail?.current ?? 0) > 0 || (progressDetail?.total ?? 0) > 0) return '';
    if (stream !== undefined && stream !== '') return stream;
    const tail = progress && !progressDetail ? ` ${progress}` : '';
    return `${id ? `${id}: ` : ''}${status}${tail}\n`;
  }

  #terminalText({ id, status = '', stream, progressDetail, progress }: ProgressMessage): string {
    const moving = id !== undefined && id !== '' && (progressDetail !== undefined || (progress ?? '') !== '');
    let head = '';
    let up = 0;
    if (moving) {
      let line = this.#lines.get(id);
      if (line === undefined) {
        line = this.#lines.size;
        this.#lines.set(id, line);
        head = '\n';
      }
      up = this.#lines.size - line;
      head += `\u001b[${up}A`;
    } else {
      // A line of its own pushes the layers out of reach.
      this.#lines.clear();
    }
    const tail = id && up > 0 ? `\u001b[${up}B` : '';
    if (stream !== undefined && stream !== '') return `${head}${stream}${tail}`;
    const label = id ? `${id}: ` : '';
    if (!progressDetail) return `${head}${label}${status}\n${tail}`;
    const bar = progressText(progressDetail, this.#out.columns(), this.#now());
    return `${head}\u001b[2K\r${label}${status} ${bar}\r${tail}`;
  }
}

/** Shows all messages until they end. Throws the operation's failure, if it reports one. */
export async function showProgress(
  messages: AsyncIterable<ProgressMessage>,
  out: Output,
  now: () => number = Date.now,
): Promise<void> {
  const view = new ProgressView(out, now);
  for await (const message of messages) view.show(message);
}

/** Waits for the end of an operation without showing it. Throws its failure. */
export async function awaitProgress(messages: AsyncIterable<ProgressMessage>): Promise<void> {
  for await (const { error, errorDetail } of messages) {
    if (error !== undefined || errorDetail) throw exitError(errorDetail?.message ?? error ?? '', 1);
  }
}
