/** A typed, synchronous publish/subscribe bus. A subscriber that throws cannot harm the others. */
export class EventBus<Event> {
  readonly #subscribers = new Set<(event: Event) => void>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void = () => {}) {
    this.#onError = onError;
  }

  /** Calls `listener` for every event from now on; returns the function that ends the subscription. */
  subscribe(listener: (event: Event) => void): () => void {
    const own = (event: Event) => listener(event);
    this.#subscribers.add(own);
    return () => this.#subscribers.delete(own);
  }

  publish(event: Event): void {
    for (const subscriber of [...this.#subscribers]) {
      try {
        subscriber(event);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}
