import { readFileSync } from 'node:fs';
import { arch, cpus, hostname, release, totalmem } from 'node:os';

/** What the API tells of the machine. */
export interface HostFacts {
  readonly name: string;
  readonly kernel: string;
  readonly operatingSystem: string;
  readonly osVersion: string;
  /** As `uname -m` says. */
  readonly machine: string;
  /** As image platforms say. */
  readonly architecture: string;
  readonly cpus: number;
  readonly memory: number;
}

function osRelease(): ReadonlyMap<string, string> {
  let text = '';
  try {
    text = readFileSync('/etc/os-release', 'utf8');
  } catch {
    // A machine without the file still has containers.
  }
  const pairs = text.split('\n').map((line) => /^(\w+)="?(.*?)"?$/.exec(line));
  return new Map(pairs.flatMap((match) => (match ? [[match[1] ?? '', match[2] ?? ''] as const] : [])));
}

/** Reads the facts of this machine. */
export function hostFacts(): HostFacts {
  const os = osRelease();
  const machines: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };
  const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
  return {
    name: hostname(),
    kernel: release(),
    operatingSystem: os.get('PRETTY_NAME') ?? 'Linux',
    osVersion: os.get('VERSION_ID') ?? '',
    machine: machines[arch()] ?? arch(),
    architecture: architectures[arch()] ?? arch(),
    cpus: cpus().length,
    memory: totalmem(),
  };
}
