import { OPERATIONS, type Op } from './ops.gen.ts';

/**
 * One step of a cell program. `side` says which process performs it: the cell itself on the host, or the child that
 * CLONE made. Steps are performed strictly in the order of the list; the cell hands the baton between the two.
 */
export interface Step {
  readonly side: 'host' | 'child';
  readonly op: Op;
  /** An errno (number) that counts as success, for instance EEXIST of a MKDIR. */
  readonly tolerate?: number;
  /** Any failure of this step counts as success. */
  readonly optional?: boolean;
  /** Said when the program is printed (what is inside opaque bytes, or why). Not sent. */
  readonly note?: string;
}

/** An ordered list of steps: what the planners make, tests compare and a cell performs. */
export type Program = readonly Step[];

type Extras = Omit<Step, 'side' | 'op'>;

/** A step for the cell on the host. */
export function onHost(op: Op, extras: Extras = {}): Step {
  return { side: 'host', op, ...extras };
}

/** A step for the child, inside the namespaces that CLONE gave it. */
export function inChild(op: Op, extras: Extras = {}): Step {
  return { side: 'child', op, ...extras };
}

/** The program as text, one line a step: for people, golden files and `--explain`. */
export function printProgram(program: Program): string[] {
  return program.map(({ side, op, tolerate, optional, note }) => {
    const values = op as unknown as Readonly<Record<string, unknown>>;
    const fields = OPERATIONS.find(({ name }) => name === op.op)?.fields ?? [];
    const parts = fields.map(([name]) => `${name}=${printValue(values[name])}`);
    const marks = [optional ? 'optional' : '', tolerate === undefined ? '' : `tolerate=${tolerate}`, note ?? ''];
    const tail = marks.filter(Boolean).join(', ');
    return `${side.padEnd(5)} ${op.op} ${parts.join(' ')}${tail === '' ? '' : `  # ${tail}`}`.trimEnd();
  });
}

function printValue(value: unknown): string {
  if (value instanceof Uint8Array) {
    const text = Buffer.from(value).toString('latin1');
    return /^[\x20-\x7e\n]*$/.test(text) ? JSON.stringify(text) : `<${value.length} bytes>`;
  }
  return typeof value === 'bigint' ? value.toString() : JSON.stringify(value);
}
