import type { ExplainStep } from '@wharf/spec';

/** Writes down what is being done, with the time that each step took: the time since the step before. */
export class Narrator {
  readonly #steps: ExplainStep[];
  #last = performance.now();

  /** `steps` is filled. */
  constructor(steps: ExplainStep[]) {
    this.#steps = steps;
  }

  /** When the last step ended, in milliseconds of `performance.now()`. */
  get last(): number {
    return this.#last;
  }

  /** The step that has just ended. */
  lap(area: string, text: string): void {
    const now = performance.now();
    this.#steps.push({ Area: area, Text: text, Microseconds: Math.round((now - this.#last) * 1000) });
    this.#last = performance.now();
  }

  /** Something to know that took no time of its own. */
  note(area: string, text: string): void {
    this.#steps.push({ Area: area, Text: text, Microseconds: 0 });
    this.#last = performance.now();
  }
}
