import type { ProgressMessage } from '@wharf/spec';

/** Listens to a pull and tells afterwards how each layer came. */
export class PullStory {
  readonly #began = performance.now();
  readonly #layers = new Map<string, { readonly known: string[] }>();

  hear({ id, status = '' }: ProgressMessage): void {
    const what = {
      'Download complete': 'here and checked',
      'Pull complete': 'unpacked',
      'Already exists': 'there already',
    }[status];
    if (id === undefined || what === undefined) return;
    const after = (performance.now() - this.#began).toFixed(1);
    const layer = this.#layers.get(id) ?? { known: [] };
    layer.known.push(`${what} after ${after} ms`);
    this.#layers.set(id, layer);
  }

  /** One sentence for each layer. */
  sentences(): string[] {
    return [...this.#layers].map(([id, { known }]) => `Layer ${id}: ${known.join(', ')}.`);
  }
}
