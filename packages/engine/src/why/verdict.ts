import type { WharfCause } from '@wharf/spec';

/** What somebody is told of one thing: a sentence, what is known beyond it, what to do next. */
export interface Verdict {
  readonly cause: WharfCause;
  readonly summary: string;
  readonly facts: readonly string[];
  readonly advice: readonly string[];
}

/** Of a container's configuration, what an end may be explained by. */
export interface Subject {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  /** Bytes; 0 for none. */
  readonly memory: number;
  readonly pidsLimit: number;
  readonly stopSignal: number;
  readonly stopTimeout: number;
  /** Its first process is process 1 of a pid namespace of its own. */
  readonly ownPids: boolean;
  readonly init: boolean;
  /** It has no input: neither -i nor a terminal. */
  readonly noInput: boolean;
  /** Milliseconds; 0 for any. */
  readonly lifetime: number;
  readonly healthAction: string;
}
