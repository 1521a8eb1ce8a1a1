import type { Bundle } from './bundle.ts';

/** What the cases of one run share: a directory on the host with files for them. */
export interface Place {
  readonly directory: string;
}

/**
 * One behaviour of containers: a shell script in busybox and what it prints. It is looked at in a bundle, and, where
 * `docker run` has a way to ask for it, through the engine.
 */
export interface Case {
  readonly name: string;
  readonly script: string;
  /** Exactly what it prints, without the last newline; or a judge that throws. */
  readonly prints: string | ((stdout: string) => void);
  readonly code?: number;
  readonly input?: string;
  /** Changes the bundle. */
  bundle?(bundle: Bundle, place: Place): void;
  /** Options of `docker run` for the same; a case without them is one of bundles only. */
  flags?(place: Place): readonly string[];
}

/** Cases about the same part of the specification. */
export interface Area {
  readonly name: string;
  readonly cases: readonly Case[];
}

/** For cases that `docker run` shows without any option. */
export const plain = (): readonly string[] => [];
