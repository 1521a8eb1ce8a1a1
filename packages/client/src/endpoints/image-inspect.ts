import type { ImageInspect } from '@wharf/spec';
import { parseJson, type Requester } from '../requester.ts';

const LIMIT = 64 << 20;

/** GET /images/{name}/json. */
export function imageInspect(engine: Requester, name: string): Promise<ImageInspect> {
  return engine.json('GET', `/images/${encodeURI(name)}/json`);
}

/** The same, with the bytes as the engine sent them: members this client does not know are kept. */
export async function imageInspectRaw(
  engine: Requester,
  name: string,
): Promise<{ value: ImageInspect; bytes: Buffer }> {
  const response = await engine.send('GET', `/images/${encodeURI(name)}/json`);
  const bytes = await response.body.bytes(LIMIT);
  return { value: parseJson(bytes), bytes };
}
