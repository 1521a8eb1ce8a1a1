import type { Op, Program, Step } from '@wharf/linux';

/** Consecutive steps of a program that are about the same thing, and what they do in one sentence. */
export interface Chapter {
  readonly area: string;
  readonly text: string;
  readonly program: Program;
}

const SETUP: readonly Op['op'][] = ['STDIN', 'HOSTNAME', 'DOMAINNAME', 'KEYRING', 'LOG', 'OOM'];
const SECURITY: readonly Op['op'][] = ['BOUNDING', 'USER', 'CAPABILITIES', 'NO_NEW_PRIVILEGES', 'SECCOMP', 'RLIMIT'];

/** Where the cell puts layers together whose IDs are mapped. */
const TARGET_ON_HOST = 1;

function areaOf({ op }: Step, before: string): string {
  switch (op.op) {
    case 'WRITE_FILE':
      return op.path.startsWith('/sys/fs/cgroup/') ? 'limits' : before === '' ? 'setup' : before;
    case 'CGROUP_DEVICE':
      return 'limits';
    case 'FSMOUNT':
      return op.fstype === 'overlay' || (op.fstype === 'tmpfs' && op.flags === TARGET_ON_HOST) ? 'root' : 'mounts';
    case 'ASIDE':
    case 'ROOT':
      return 'root';
    case 'BIND':
      return before === 'root' && !op.target.startsWith('/') ? 'root' : 'mounts';
    case 'MKDIR_IN':
      return before === 'root' ? 'root' : 'mounts';
    case 'SET_ATTR':
    case 'MASK':
    case 'READONLY':
    case 'SYMLINK':
    case 'MKNOD':
      return 'mounts';
    case 'STDIO':
    case 'PIVOT':
    case 'WORKDIR':
      return 'pivot';
    case 'EXEC':
    case 'RUN':
      return 'exec';
    default:
      if (SETUP.includes(op.op)) return 'setup';
      return SECURITY.includes(op.op) ? 'security' : before === '' ? 'setup' : before;
  }
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;
const list = (words: readonly string[]): string =>
  words.length > 8 ? `${words.slice(0, 8).join(', ')}, …` : words.join(', ');

function tellLimits(ops: readonly Op[]): string {
  const files = ops.flatMap((op) => (op.op === 'WRITE_FILE' ? [op.path.slice(op.path.lastIndexOf('/') + 1)] : []));
  const device = ops.some(({ op }) => op === 'CGROUP_DEVICE') ? ' and loaded the filter for devices' : '';
  const names = [...new Set(files)];
  return `The engine wrote the limits into its control group, ${count(files.length, 'file')} (${list(names)})${device}.`;
}

function tellRoot(ops: readonly Op[]): string {
  const overlay = ops.find((op) => op.op === 'FSMOUNT');
  const options = overlay?.op === 'FSMOUNT' ? overlay.options : [];
  const mapped = ops.flatMap((op) => (op.op === 'MOUNT' && op.fstype === 'overlay' ? op.data.split(',') : []));
  const layers = [...options, ...mapped]
    .filter((option) => option.startsWith('lowerdir'))
    .flatMap((option) => option.split(':')).length;
  const shown = mapped.length > 0 ? ', all with the users of its user namespace as owners,' : '';
  return `It stacked ${count(layers, 'read-only layer')} of the image${shown} under an empty writable one (overlayfs): that is its root directory.`;
}

function tellMounts(ops: readonly Op[]): string {
  const targets = ops.flatMap((op) => (op.op === 'FSMOUNT' || op.op === 'BIND' ? [op.target] : [])).filter(Boolean);
  const hidden = ops.filter(({ op }) => op === 'MASK' || op === 'READONLY').length;
  const nodes = ops.filter(({ op }) => op === 'MKNOD').length;
  const parts = [
    `Into it it mounted ${list(targets)}`,
    ...(nodes > 0 ? [`made ${count(nodes, 'device')} in /dev`] : []),
    ...(hidden > 0 ? [`hid or protected ${count(hidden, 'path')} of /proc and /sys that tell of the host`] : []),
  ];
  return `${parts.join(', ')}. Only this container sees these mounts.`;
}

function tellSecurity(ops: readonly Op[]): string {
  const user = ops.find((op) => op.op === 'USER');
  const kept = ops.find((op) => op.op === 'BOUNDING');
  const bits = kept?.op === 'BOUNDING' ? [...BigInt(kept.mask).toString(2)].filter((bit) => bit === '1').length : 0;
  const parts = [
    `gave up all but ${count(bits, 'capability').replace(/ys$/, 'ies')} of root`,
    ...(user?.op === 'USER' ? [`became user ${user.uid}, group ${user.gid}`] : []),
    ...(ops.some(({ op }) => op === 'NO_NEW_PRIVILEGES') ? ['gave up ever getting more privileges'] : []),
    ...(ops.some(({ op }) => op === 'SECCOMP') ? ['put itself under a filter of system calls (seccomp)'] : []),
  ];
  return `The process ${parts.join(', ')}.`;
}

function tellExec(ops: readonly Op[]): string {
  const exec = ops.find((op) => op.op === 'EXEC');
  const name = exec?.op === 'EXEC' ? exec.file : 'the program';
  return `It executed ${name}: from here on the process is yours.`;
}

function tell(area: string, ops: readonly Op[]): string {
  switch (area) {
    case 'limits':
      return tellLimits(ops);
    case 'root':
      return tellRoot(ops);
    case 'mounts':
      return tellMounts(ops);
    case 'pivot':
      return "It connected its standard streams and moved into that root (pivot_root); the host's files are out of reach now.";
    case 'security':
      return tellSecurity(ops);
    case 'exec':
      return tellExec(ops);
    default:
      return 'The waiting process set its host name and opened its log.';
  }
}

/** Cuts the program of a start into chapters; put together they are the program again. Pure. */
export function chaptersOf(program: Program): Chapter[] {
  const groups: { area: string; steps: Step[] }[] = [];
  for (const step of program) {
    const last = groups.at(-1);
    const area = areaOf(step, last?.area ?? '');
    if (last?.area === area) last.steps.push(step);
    else groups.push({ area, steps: [step] });
  }
  return groups.map(({ area, steps }) => {
    const ops = steps.map(({ op }) => op);
    return { area, text: tell(area, ops), program: steps };
  });
}
