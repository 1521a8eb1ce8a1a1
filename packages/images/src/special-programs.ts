import { onHost, type Program, type Step } from '@wharf/linux';
import type { SpecialEntry } from '@wharf/tar';

const S_IFCHR = 0o020000;
/** EOPNOTSUPP: a file system without such attributes. Docker goes on without them, too. */
const NOT_SUPPORTED = 95;
const MAX_STEPS = 500;
const MAX_BYTES = 512 * 1024;

/** The programs that make, in the layer's directory, what Node could not: bounded batches, in order. */
export function specialPrograms(layerDir: string, special: readonly SpecialEntry[]): Program[] {
  const programs: Step[][] = [];
  let batch: Step[] = [];
  let bytes = 0;
  for (const entry of special) {
    const step = stepOf(entry);
    const size = 128 + entry.path.length * 3 + (entry.kind === 'xattr' ? entry.value.length : 0);
    if (batch.length === 0 || batch.length >= MAX_STEPS || bytes + size > MAX_BYTES) {
      batch = [onHost({ op: 'ROOT', path: layerDir })];
      programs.push(batch);
      bytes = 0;
    }
    batch.push(step);
    bytes += size;
  }
  return programs;
}

function stepOf(entry: SpecialEntry): Step {
  const path = entry.path === '' ? '.' : entry.path;
  switch (entry.kind) {
    case 'whiteout':
      return onHost({ op: 'MKNOD', path, mode: S_IFCHR, major: 0, minor: 0, uid: 0, gid: 0 }, { note: 'whiteout' });
    case 'opaque':
      return onHost({ op: 'SETXATTR', path, name: 'trusted.overlay.opaque', value: Buffer.from('y') });
    case 'node': {
      const { mode, major, minor, uid, gid } = entry;
      return onHost({ op: 'MKNOD', path, mode, major, minor, uid, gid });
    }
    case 'xattr': {
      const { name, value } = entry;
      return onHost({ op: 'SETXATTR', path, name, value }, { tolerate: NOT_SUPPORTED });
    }
  }
}
