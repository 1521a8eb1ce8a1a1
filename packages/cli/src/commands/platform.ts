import { exitError } from '../errors.ts';

const PART = /^[A-Za-z0-9_.-]+$/;
const SYSTEMS = ['linux', 'windows', 'darwin', 'freebsd', 'netbsd', 'openbsd', 'solaris', 'android', 'plan9', 'wasip1'];
const MACHINES: Readonly<Record<string, readonly [architecture: string, variant?: string]>> = {
  x86_64: ['amd64'],
  'x86-64': ['amd64'],
  i386: ['386'],
  aarch64: ['arm64'],
  armhf: ['arm', 'v7'],
  armel: ['arm', 'v6'],
};

/** A platform (`os[/arch[/variant]]`) as the API takes it: JSON of the image specification's platform. */
export function platformQuery(text: string): string {
  const parts = text.split('/');
  if (parts.length > 3 || !parts.every((part) => PART.test(part))) {
    const message = `${JSON.stringify(text)}: invalid component: platform specifier component must match "^[A-Za-z0-9_.-]+$"`;
    throw exitError(
      parts.length > 3 ? `${JSON.stringify(text)}: cannot parse platform specifier: invalid argument` : message,
      1,
    );
  }
  const [first = '', second, third] = parts.map((part) => part.toLowerCase());
  const isSystem = SYSTEMS.includes(first) || second !== undefined;
  const [architecture, variant] = machine(isSystem ? second : first);
  return JSON.stringify({
    architecture,
    os: isSystem ? (first === 'macos' ? 'darwin' : first) : 'linux',
    ...((third ?? variant) === undefined || third === 'v8' ? {} : { variant: third ?? variant }),
  });
}

/** The name by which Go knows a machine; without one, this machine's. */
function machine(name: string | undefined): readonly [string, string?] {
  if (name !== undefined) return MACHINES[name] ?? [name];
  return [process.arch === 'x64' ? 'amd64' : process.arch];
}
