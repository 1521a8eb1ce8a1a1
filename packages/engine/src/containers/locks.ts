/** One operation at a time per key, in the order of arrival. */
export class KeyedLocks {
  readonly #tails = new Map<string, Promise<void>>();

  /** Runs `work` when all earlier work for the key is done, whether it failed or not. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const mine = before.then(work);
    const tail = mine.then(
      () => undefined,
      () => undefined,
    );
    this.#tails.set(key, tail);
    try {
      return await mine;
    } finally {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    }
  }
}
