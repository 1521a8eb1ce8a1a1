import type { Query, Requester } from '../requester.ts';

const LIMIT = 64 << 20;
const MAX_LINE = 16 << 20;

/** GET of any path, with the body as the engine sent it: members this client does not know are kept, in order. */
export async function rawGet(engine: Requester, path: string, query: Query = {}): Promise<Buffer> {
  const response = await engine.send('GET', path, { query });
  return response.body.bytes(LIMIT);
}

/** GET of a path that answers with one JSON value per line, each line as the engine sent it. */
export async function* rawLines(
  engine: Requester,
  path: string,
  query: Query = {},
  signal?: AbortSignal,
): AsyncGenerator<string, void> {
  const response = await engine.send('GET', path, { query, signal });
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = (lines.pop() ?? '').slice(0, MAX_LINE);
    for (const line of lines) if (line.trim() !== '') yield line;
  }
  if (rest.trim() !== '') yield rest;
}
