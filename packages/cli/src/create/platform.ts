import { fail } from '../errors.ts';

const SYSTEMS = new Set(
  'aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris windows zos'.split(
    ' ',
  ),
);
const MACHINES = new Set(
  (
    '386 amd64 amd64p32 arm armbe arm64 arm64be ppc64 ppc64le loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le' +
    ' ppc riscv riscv64 s390 s390x sparc sparc64 wasm'
  ).split(' '),
);

/** One machine, several names. */
function normalizeMachine(machine: string, variant: string): [string, string] {
  switch (machine) {
    case 'i386':
      return ['386', ''];
    case 'x86_64':
    case 'x86-64':
    case 'amd64':
      return ['amd64', variant === 'v1' ? '' : variant];
    case 'aarch64':
    case 'arm64':
      return ['arm64', variant === '8' ? 'v8' : variant];
    case 'armhf':
      return ['arm', ''];
    case 'armel':
      return ['arm', 'v6'];
    case 'arm':
      return ['arm', /^[5-8]$/.test(variant) ? `v${variant}` : variant];
    default:
      return [machine, variant];
  }
}

const HOST_MACHINES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64', arm: 'arm', ia32: '386' };

/** Reads `os[/arch[/variant]]` or an architecture alone into its normal spelling. Throws COMMAND_FAILED. */
export function normalizePlatform(text: string): string {
  const wrong = (reason: string) =>
    fail('COMMAND_FAILED', `error parsing specified platform: ${reason}: invalid argument`);
  const quoted = JSON.stringify(text);
  const parts = text.toLowerCase().split('/');
  for (const part of parts) {
    if (!/^[A-Za-z0-9_.-]+$/.test(part)) {
      throw wrong(
        `${JSON.stringify(part)} is an invalid component of ${quoted}: platform specifier component must match "^[A-Za-z0-9_.-]+$"`,
      );
    }
  }
  if (parts.length > 3) throw wrong(`${quoted}: cannot parse platform specifier`);
  const [first = '', second, third = ''] = parts;
  if (second !== undefined) {
    const [machine, variant] = normalizeMachine(second, third);
    return [first === 'macos' ? 'darwin' : first, machine, variant].filter((part) => part !== '').join('/');
  }
  if (SYSTEMS.has(first) || first === 'macos') {
    return `${first === 'macos' ? 'darwin' : first}/${HOST_MACHINES[process.arch] ?? process.arch}`;
  }
  const [machine, variant] = normalizeMachine(first, '');
  if (!MACHINES.has(machine)) throw wrong(`${quoted}: unknown operating system or architecture`);
  return ['linux', machine, variant].filter((part) => part !== '').join('/');
}
