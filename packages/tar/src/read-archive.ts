import { errnoOf, messageOf } from '@wharf/kit';
import { asBuffer, CompressedInput, type InputOptions } from './compressed-input.ts';
import { fail } from './errors.ts';
import { type TarHandler, TarParser } from './tar-parser.ts';

/**
 * Reads an archive, compressed or not, and tells the handler what is in it. A chunk's memory may be used again as soon as
 * the next one is asked for. What comes after the archive's end is read and dropped; an empty input is an empty archive.
 * Throws TAR_INVALID, TAR_TRUNCATED, TAR_TOO_LARGE, and what the handler throws.
 */
export async function readArchive(
  source: AsyncIterable<Uint8Array>,
  handler: TarHandler,
  options: Pick<InputOptions, 'foreign'> = {},
): Promise<void> {
  const parser = new TarParser(handler);
  const input = new CompressedInput(source, { ...options, digest: false });
  try {
    await input.run(async (chunks) => {
      for await (const chunk of chunks) parser.push(asBuffer(chunk));
    });
    parser.finish();
    await input.drain();
  } catch (error) {
    const code = errnoOf(error) ?? '';
    if (code === 'Z_BUF_ERROR') throw fail('TAR_TRUNCATED', 'unexpected EOF', { cause: error });
    if (!code.startsWith('Z_') && !code.startsWith('ZSTD_')) throw error;
    throw fail('TAR_INVALID', `damaged compressed data: ${messageOf(error)}`, { cause: error });
  } finally {
    await input.close();
  }
}
