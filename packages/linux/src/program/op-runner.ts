import type { Program } from './step.ts';

/**
 * Performs host-side programs. The packages that plan (network, images, cgroups) get one of these instead of the right
 * to start processes.
 */
export interface OpRunner {
  /**
   * Performs the program; resolves with the answers of the NETLINK steps that asked for them (flag 1), in order.
   * Throws OPERATION_FAILED (details: CellFailure) at the first step that fails; the steps after it are not performed.
   */
  run(program: Program): Promise<readonly Buffer[]>;
}

/** What a cell says of the step that failed. */
export interface CellFailure {
  readonly op: string;
  /** Position in the program. */
  readonly index: number;
  readonly syscall: string;
  readonly errno: number;
  readonly path: string;
  readonly hint: string;
}
