import { mkdirSync, rmSync } from 'node:fs';
import type { Cell, CellNursery } from '@wharf/linux';
import { planSandbox, type SandboxPlan } from './plan.ts';

/** A parked sandbox: see `planSandbox`. It becomes a container with its second program, or is discarded. */
export class Sandbox {
  readonly plan: SandboxPlan;
  readonly cell: Cell;

  private constructor(plan: SandboxPlan, cell: Cell) {
    this.plan = plan;
    this.cell = cell;
  }

  /** Makes and parks a sandbox with a cell of the nursery. Throws OPERATION_FAILED; then nothing is left. */
  static async park(nursery: CellNursery, plan: SandboxPlan): Promise<Sandbox> {
    mkdirSync(plan.directory, { recursive: true, mode: 0o700 });
    const cell = await nursery.spawn(plan.directory);
    const sandbox = new Sandbox(plan, cell);
    try {
      await cell.perform(planSandbox(plan));
    } catch (error) {
      await sandbox.discard();
      throw error;
    }
    return sandbox;
  }

  /** Process id, on the host, of what will be the container's first process. */
  get childPid(): number {
    return this.cell.childPid;
  }

  /** Ends the parked processes and removes the directory. The control group is the caller's to remove. */
  async discard(): Promise<void> {
    this.cell.close();
    await this.cell.gone;
    rmSync(this.plan.directory, { recursive: true, force: true });
  }
}
