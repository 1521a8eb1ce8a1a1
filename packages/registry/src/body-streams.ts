import { Readable, Transform, type TransformCallback } from 'node:stream';

/** The same bytes, with the number of bytes so far told after each chunk. */
export function countBytes(source: Readable, onProgress: (sent: number) => void): Readable {
  let sent = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback) {
      sent += chunk.length;
      onProgress(sent);
      done(null, chunk);
    },
  });
  source.on('error', (error) => counter.destroy(error));
  return source.pipe(counter);
}

/** The first `length` bytes of a stream. */
export function takeBytes(source: Readable, length: number): Readable {
  return Readable.from(firstBytes(source, length), { objectMode: false });
}

async function* firstBytes(source: Readable, length: number): AsyncGenerator<Buffer> {
  let left = length;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    const part = chunk.length > left ? chunk.subarray(0, left) : chunk;
    left -= part.length;
    yield part;
    if (left === 0) return;
  }
}
