import { messageOf } from '@wharf/kit';
import { fail } from './errors.ts';

/** Longer messages are refused. */
const MAX_LINE = 16 << 20;

function parse<T>(bytes: Buffer): T {
  try {
    return JSON.parse(bytes.toString('utf8')) as T;
  } catch (cause) {
    throw fail('ENGINE_PROTOCOL', `the engine sent a line that is not JSON: ${messageOf(cause)}`, { cause });
  }
}

/** Reads a stream of JSON values, one per line, as pull progress and events come. */
export async function* readJsonLines<T>(chunks: AsyncIterable<Buffer>): AsyncGenerator<T, void> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let rest = chunk;
    for (let at = rest.indexOf(10); at >= 0; at = rest.indexOf(10)) {
      const line = Buffer.concat([...parts, rest.subarray(0, at)]);
      parts = [];
      length = 0;
      rest = rest.subarray(at + 1);
      if (line.some((byte) => byte > 32)) yield parse<T>(line);
    }
    parts.push(rest);
    length += rest.length;
    if (length > MAX_LINE) throw fail('ENGINE_PROTOCOL', 'the engine sent a line that does not end');
  }
  const last = Buffer.concat(parts);
  if (last.some((byte) => byte > 32)) yield parse<T>(last);
}
