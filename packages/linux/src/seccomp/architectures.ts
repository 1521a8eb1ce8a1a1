import { SYSCALL_TEXT } from './syscalls.gen.ts';

/** Architectures for which a filter can be compiled. */
export type SeccompArchitecture = keyof typeof SYSCALL_TEXT;

/** The machine's architecture, as the kernel names it. */
export type NativeArchitecture = 'x86_64' | 'aarch64';

interface Facts {
  /** Name in OCI and Docker profiles. */
  readonly scmp: string;
  /** AUDIT_ARCH_* of linux/audit.h, what seccomp_data.arch holds. */
  readonly audit: number;
  /** Name in the conditions of Docker profiles. */
  readonly docker: string;
}

export const ARCHITECTURES: Readonly<Record<SeccompArchitecture, Facts>> = {
  x86_64: { scmp: 'SCMP_ARCH_X86_64', audit: 0xc000003e, docker: 'amd64' },
  x86: { scmp: 'SCMP_ARCH_X86', audit: 0x40000003, docker: 'x86' },
  x32: { scmp: 'SCMP_ARCH_X32', audit: 0xc000003e, docker: 'x32' },
  aarch64: { scmp: 'SCMP_ARCH_AARCH64', audit: 0xc00000b7, docker: 'arm64' },
  arm: { scmp: 'SCMP_ARCH_ARM', audit: 0x40000028, docker: 'arm' },
};

/** The bit in a system call number that tells x32 from x86_64. */
export const X32_BIT = 0x40000000;

/** From this number on 32-bit ARM has a few private calls; the ordinary table ends far below. */
export const ARM_PRIVATE = 0xf0000;

/** Finds the architecture with this SCMP_ARCH_* name, if filters for it can be compiled here. */
export function architectureOf(scmp: string): SeccompArchitecture | undefined {
  return (Object.keys(ARCHITECTURES) as SeccompArchitecture[]).find((arch) => ARCHITECTURES[arch].scmp === scmp);
}

/** The call numbers of an architecture by name. */
export function syscallNumbers(arch: SeccompArchitecture): ReadonlyMap<string, number> {
  const entries = SYSCALL_TEXT[arch].split(' ').map((entry): [string, number] => {
    const [name = '', number = ''] = entry.split('=');
    return [name, Number(number)];
  });
  return new Map(entries);
}

/**
 * Calls that 32-bit x86 also (or only) reaches through one multiplexed call: name → position, which is the
 * multiplexer's first argument (linux/net.h, linux/ipc.h).
 */
export const X86_MULTIPLEXED: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  socketcall: numbered(
    'socket bind connect listen accept getsockname getpeername socketpair send recv sendto recvfrom shutdown ' +
      'setsockopt getsockopt sendmsg recvmsg accept4 recvmmsg sendmmsg',
    1,
  ),
  ipc: {
    ...numbered('semop semget semctl semtimedop', 1),
    ...numbered('msgsnd msgrcv msgget msgctl', 11),
    ...numbered('shmat shmdt shmget shmctl', 21),
  },
};

function numbered(names: string, first: number): Record<string, number> {
  return Object.fromEntries(names.split(' ').map((name, at) => [name, first + at]));
}
