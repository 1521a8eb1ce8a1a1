import { spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import { fail } from '../errors.ts';

/**
 * A program of the host that decompresses what is written to the stream: for formats that Node does not know. Ends with
 * DECOMPRESS_FAILED when the program is missing, or does not like its input.
 */
export function hostDecompressor(program: 'xz' | 'bzip2'): Duplex {
  const child = spawn(program, ['-d', '-c', '-q'], { stdio: ['pipe', 'pipe', 'ignore'], cwd: '/' });
  const stream = new Duplex({
    write: (chunk: Buffer, _encoding, done) => void child.stdin.write(chunk, () => done()),
    final: (done) => void child.stdin.end(() => done()),
    read: () => void child.stdout.resume(),
    destroy(error, done) {
      child.kill('SIGKILL');
      done(error);
    },
  });
  // A program that gave up reads no more; its exit code says so.
  child.stdin.on('error', () => {});
  child.stdout.on('data', (chunk: Buffer) => {
    if (!stream.push(chunk)) child.stdout.pause();
  });
  child.on('error', (cause) => {
    const message = `exec: "${program}": executable file not found in $PATH`;
    stream.destroy(fail('DECOMPRESS_FAILED', message, { cause }));
  });
  // Not before it is known whether the output is all there is.
  child.on('close', (code) => {
    if (code === 0) stream.push(null);
    else stream.destroy(fail('DECOMPRESS_FAILED', 'unexpected EOF'));
  });
  return stream;
}
