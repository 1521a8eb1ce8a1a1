/**
 * Makes packages/linux/src/seccomp/syscalls.gen.ts: the system call numbers of the architectures a filter can be for,
 * from the kernel headers of Debian's linux-libc-dev, linux-libc-dev-arm64-cross and linux-libc-dev-armhf-cross (the
 * preprocessor `cpp` must be there). Run by hand when newer headers are wanted; the result is committed.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const target = join(import.meta.dirname, '..', 'packages/linux/src/seccomp/syscalls.gen.ts');

/** How the headers of one architecture are read. */
const SOURCES = [
  { arch: 'x86_64', directory: '/usr/include/x86_64-linux-gnu', header: 'asm/unistd_64.h' },
  { arch: 'x86', directory: '/usr/include/x86_64-linux-gnu', header: 'asm/unistd_32.h' },
  { arch: 'x32', directory: '/usr/include/x86_64-linux-gnu', header: 'asm/unistd_x32.h' },
  { arch: 'aarch64', directory: '/usr/aarch64-linux-gnu/include', header: 'asm/unistd.h' },
  { arch: 'arm', directory: '/usr/arm-linux-gnueabihf/include', header: 'asm/unistd.h' },
] as const;

/** Calls newer than Debian 12's headers (Linux 6.1); from 403 on a call has the same number everywhere. */
const NEWER = [
  'cachestat=451 fchmodat2=452 map_shadow_stack=453 futex_wake=454 futex_wait=455 futex_requeue=456 statmount=457',
  'listmount=458 lsm_get_self_attr=459 lsm_set_self_attr=460 lsm_list_modules=461 mseal=462 setxattrat=463',
  'getxattrat=464 listxattrat=465 removexattrat=466 open_tree_attr=467 file_getattr=468 file_setattr=469',
].join(' ');

/** What only one architecture has and its headers do not tell as __NR_ macros (or not yet). */
const OWN: Readonly<Record<string, string>> = {
  x86_64: 'uretprobe=335 uprobe=336',
  arm: 'breakpoint=983041 cacheflush=983042 usr26=983043 usr32=983044 set_tls=983045 get_tls=983046',
};

/** Newer calls that one architecture does not have. */
const MISSING: Readonly<Record<string, readonly string[]>> = { x32: ['map_shadow_stack'] };

const X32_BIT = 0x40000000;

function numbersOf(directory: string, header: string): Map<string, number> {
  const options = ['-nostdinc', '-U__x86_64__', '-D__ARM_EABI__', '-I', directory, '-dM', '-include', header, '-'];
  const text = execFileSync('cpp', options, { input: '', encoding: 'utf8' });
  const macros = new Map(
    [...text.matchAll(/^#define (\w+) (.+)$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
  const numbers = new Map<string, number>();
  for (const name of macros.keys()) {
    const call = /^__NR_([a-z]\w*)$/.exec(name)?.[1];
    const number =
      call === undefined || call === 'syscalls' || call === 'arch_specific_syscall'
        ? undefined
        : evaluate(macros, name);
    if (call !== undefined && number !== undefined) numbers.set(call, number);
  }
  return numbers;
}

/** The value of a macro: a number, another macro, or `(MACRO + number)` where the first is a base that we leave out. */
function evaluate(macros: ReadonlyMap<string, string>, name: string): number | undefined {
  const value = macros.get(name) ?? '';
  if (/^\d+$/.test(value)) return Number(value);
  const sum = /^\(\w+\s*\+\s*(\d+)\)$/.exec(value);
  if (sum) return Number(sum[1]);
  return macros.has(value) ? evaluate(macros, value) : undefined;
}

function render(arch: string, numbers: Map<string, number>): string {
  for (const entry of `${NEWER} ${OWN[arch] ?? ''}`.trim().split(' ')) {
    const [name = '', number = ''] = entry.split('=');
    if (!numbers.has(name) && !MISSING[arch]?.includes(name)) numbers.set(name, Number(number));
  }
  const offset = arch === 'x32' ? X32_BIT : 0;
  const sorted = [...numbers].sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1));
  return `  ${arch}:\n    '${sorted.map(([name, number]) => `${name}=${number + offset}`).join(' ')}',`;
}

const tables = SOURCES.map(({ arch, directory, header }) => render(arch, numbersOf(directory, header)));
writeFileSync(
  target,
  [
    '// Made by tools/generate-syscalls.spawn.ts from the kernel headers. Do not edit.',
    '',
    "/** System calls as `name=number`, by number. x32's numbers have bit 30 set, as the kernel shows them to a filter. */",
    'export const SYSCALL_TEXT = {',
    ...tables,
    '} as const;',
    '',
  ].join('\n'),
);
