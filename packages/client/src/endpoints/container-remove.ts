import type { Requester } from '../requester.ts';

export interface ContainerRemoveOptions {
  /** Anonymous volumes too. */
  readonly volumes?: boolean;
  readonly link?: boolean;
  readonly force?: boolean;
}

/** DELETE /containers/{id}. */
export function containerRemove(engine: Requester, id: string, options: ContainerRemoveOptions = {}): Promise<void> {
  const query = { v: options.volumes, link: options.link, force: options.force };
  return engine.done('DELETE', `/containers/${encodeURIComponent(id)}`, { query });
}
