import { inChild, onHost, type Step } from '@wharf/linux';

const O_WRONLY = 1;

/**
 * Steps that move the child into the control groups of these cgroup.procs files, all of version 1. To move a process
 * somebody has to wait for an RCU grace period (milliseconds); a thread that moves itself by `tasks` does not
 * (kernel/cgroup/cgroup.c), and the child has one only. `self` is false where it may not write there.
 */
export function enterCgroup(procsFiles: readonly string[], self: boolean): Step[] {
  if (!self) return procsFiles.map((path) => onHost({ op: 'WRITE_PID', path }));
  const data = Buffer.from('0');
  return procsFiles.map((path) =>
    inChild({ op: 'WRITE_FILE', path: path.replace(/cgroup\.procs$/, 'tasks'), flags: O_WRONLY, mode: 0, data }),
  );
}
