import { exitError } from '../errors.ts';

const PART = '^[A-Za-z0-9_.-]+$';
const SYSTEM = '^([A-Za-z0-9_-]+)(?:\\(([A-Za-z0-9_.-]*)\\))?$';
const SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'dragonfly',
  'freebsd',
  'illumos',
  'ios',
  'js',
  'linux',
  'macos',
  'netbsd',
  'openbsd',
  'plan9',
  'solaris',
  'wasip1',
  'windows',
];
const ARCHITECTURES = ['386', 'amd64', 'arm', 'arm64', 'loong64', 'mips64le', 'ppc64le', 'riscv64', 's390x', 'wasm'];
/** Other names of machines, with the names and variants that images use. */
const MACHINES: Readonly<Record<string, readonly [architecture: string, variant?: string]>> = {
  x86_64: ['amd64'],
  'x86-64': ['amd64'],
  i386: ['386'],
  aarch64: ['arm64'],
  armhf: ['arm', 'v7'],
  armel: ['arm', 'v6'],
};

/**
 * A platform (`os[/arch[/variant]]`) as the API takes it: JSON of the image specification's platform. `prefix` starts
 * the messages about one that is not understood.
 */
export function platformQuery(text: string, prefix = ''): string {
  const complain = (message: string): Error => exitError(`${prefix}${message}: invalid argument`, 1);
  const parts = text.split('/');
  const [first = '', second, third] = parts;
  if (text.includes('*')) throw complain(`${JSON.stringify(text)}: wildcards not yet supported`);
  for (const [index, part] of parts.entries()) checkPart(part, index, text, complain);
  if (parts.length > 3) throw complain(`${JSON.stringify(text)}: cannot parse platform specifier`);
  const name = (/^[^(]*/.exec(first)?.[0] ?? '').toLowerCase();
  const version = /\(([^)]*)\)/.exec(first)?.[1];
  const isSystem = second !== undefined || SYSTEMS.includes(name);
  const isMachine = ARCHITECTURES.includes(name) || name in MACHINES;
  if (!isSystem && !isMachine) throw complain(`${JSON.stringify(text)}: unknown operating system or architecture`);
  const [architecture, usual] = machine(isSystem ? second : name);
  // Version 8 is what every arm64 machine has: images do not say it.
  const variant = third === 'v8' && architecture === 'arm64' ? undefined : (third ?? usual);
  return JSON.stringify({
    architecture,
    os: isSystem ? name.replace('macos', 'darwin') : 'linux',
    ...(version ? { 'os.version': version } : {}),
    ...(variant === undefined ? {} : { variant: variant.toLowerCase() }),
  });
}

function checkPart(part: string, index: number, text: string, complain: (message: string) => Error): void {
  const pattern = index === 0 ? SYSTEM : PART;
  if (new RegExp(pattern).test(part)) return;
  const quoted = `"${pattern.replaceAll('\\', '\\\\')}"`;
  const [what, rule] =
    index === 0
      ? ['OS component', 'OSAndVersion specifier component must match']
      : ['component', 'platform specifier component must match'];
  throw complain(`${JSON.stringify(part)} is an invalid ${what} of ${JSON.stringify(text)}: ${rule} ${quoted}`);
}

/** The name by which images know a machine; without one, this machine's. */
function machine(name: string | undefined): readonly [string, string?] {
  if (name !== undefined) return MACHINES[name.toLowerCase()] ?? [name.toLowerCase()];
  return [process.arch === 'x64' ? 'amd64' : process.arch];
}
