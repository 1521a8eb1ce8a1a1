import type { ExplainStep } from '@wharf/spec';
import type { Output } from '../framework/streams.ts';
import { PullStory } from './pull-story.ts';

/** How it is told: plain sentences as things happen, or one JSON document at the end. */
export type ExplainForm = 'text' | 'json';

interface Told extends ExplainStep {
  readonly Where: 'client' | 'engine';
}

/**
 * What `run --explain` tells on standard error: every step between the command line and the process, with the time that it
 * took. Times of the engine are the engine's own; those of the client count from the start of this program.
 */
export class Explanation {
  readonly #out: Output;
  readonly #form: ExplainForm;
  readonly #steps: Told[] = [];
  #last = 0;
  #asked = 0;
  #runs: number | undefined;
  #firstOutput: number | undefined;
  #done = false;

  constructor(out: Output, form: ExplainForm) {
    this.#out = out;
    this.#form = form;
    if (form === 'text') out.write('What happens between your command and your program (milliseconds each):\n');
  }

  #add(step: Told): void {
    this.#steps.push(step);
    if (this.#form === 'json') return;
    const time = step.Microseconds === 0 ? '' : (step.Microseconds / 1000).toFixed(2);
    const indent = step.Where === 'engine' ? '  ' : '';
    this.#out.write(`${time.padStart(9)}  ${indent}${step.Area.padEnd(14)} ${step.Text}\n`);
  }

  /** A step of this client that has just ended: it took the time since the one before. */
  lap(area: string, text: string): void {
    const now = performance.now();
    this.#add({ Where: 'client', Area: area, Text: text, Microseconds: micros(now - this.#last) });
    this.#last = performance.now();
  }

  /** Something to know that took no time of its own. */
  note(area: string, text: string): void {
    this.#add({ Where: 'client', Area: area, Text: text, Microseconds: 0 });
    this.#last = performance.now();
  }

  /** A pull begins: what it is told of is told here afterwards. */
  pulling(): PullStory {
    return new PullStory();
  }

  /** An answer of the engine: its own steps, and the way there and back. */
  answered(what: string, steps: readonly ExplainStep[]): void {
    const whole = micros(performance.now() - this.#last);
    for (const step of steps) this.#add({ Where: 'engine', ...step });
    const own = steps.reduce((sum, { Microseconds }) => sum + Microseconds, 0);
    const rest =
      steps.length === 0 ? '' : `; ${(Math.max(0, whole - own) / 1000).toFixed(2)} of it were the way there and back`;
    this.#add({
      Where: 'client',
      Area: 'api',
      Text: `${what}: the answer came after that long${rest}.`,
      Microseconds: whole,
    });
    this.#last = performance.now();
  }

  /** The engine is being asked to start the container. */
  starting(): void {
    this.#asked = performance.now();
  }

  /** It runs. */
  running(): void {
    this.#runs = performance.now();
  }

  /** Something of its output is there. */
  output(): void {
    this.#firstOutput ??= performance.now();
  }

  /** Tells the rest. */
  finish(): void {
    if (this.#done) return;
    this.#done = true;
    if (this.#firstOutput !== undefined) {
      const Microseconds = micros(this.#firstOutput - this.#asked);
      const Text = 'The first output of the program came this long after its start was asked for.';
      this.#add({ Where: 'client', Area: 'output', Text, Microseconds });
    }
    const total = this.#runs === undefined ? undefined : micros(this.#runs);
    if (total !== undefined) {
      this.#add({
        Where: 'client',
        Area: 'total',
        Text: 'From the command to the running process.',
        Microseconds: total,
      });
    }
    if (this.#form === 'json') this.#out.write(`${JSON.stringify({ Steps: this.#steps })}\n`);
  }
}

function micros(milliseconds: number): number {
  return Math.max(0, Math.round(milliseconds * 1000));
}
