import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CellRunner } from '../cell/cell-runner.ts';
import { onHost, type Program } from '../program/step.ts';

const CELL = join(import.meta.dirname, '../../../../cell/build/cell');
const CLONE_NEWNET = 0x40000000;

/** Why tests with real interfaces cannot run here; false if they can. */
export const noNamespaces =
  process.getuid?.() !== 0
    ? 'needs root'
    : !existsSync(CELL)
      ? 'needs cell'
      : spawnSync('ip', ['-V']).status !== 0
        ? 'needs iproute2'
        : false;

/** A network namespace of a test's own, with a cell in it. */
export interface TestNamespace {
  readonly name: string;
  run(program: Program): Promise<readonly Buffer[]>;
  /** Runs a program in it and gives what it printed; throws with its complaint. */
  sh(command: string): string;
  close(): Promise<void>;
}

export async function makeNamespace(suffix: string): Promise<TestNamespace> {
  const name = `wht-${process.pid}-${suffix}`;
  spawnSync('ip', ['netns', 'add', name]);
  const runner = new CellRunner(CELL);
  await runner.run([onHost({ op: 'SETNS', path: `/run/netns/${name}`, type: CLONE_NEWNET })]);
  return {
    name,
    run: (program) => runner.run(program),
    sh: (command) => {
      const { status, stdout, stderr } = spawnSync('ip', ['netns', 'exec', name, 'sh', '-c', command], {
        encoding: 'utf8',
      });
      return status === 0 ? stdout : `failed: ${stderr}`;
    },
    close: async () => {
      await runner.close();
      spawnSync('ip', ['netns', 'del', name]);
    },
  };
}
