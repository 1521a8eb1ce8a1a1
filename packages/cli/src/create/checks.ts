import { isIP } from 'node:net';
import { fail } from '../errors.ts';
import { parseInt64 } from '../framework/numbers.ts';

const bad = (message: string) => fail('FLAG_VALUE', message);

/** `--attach`: one of the three streams, in any case. */
export function checkAttach(text: string): string {
  const name = text.toLowerCase();
  if (!['stdin', 'stdout', 'stderr'].includes(name)) throw bad('valid streams are STDIN, STDOUT and STDERR');
  return name;
}

/** `--add-host host:ip` or `host=ip`; the address may be `host-gateway`. Returns `host:ip`. */
export function checkHost(text: string): string {
  const at = text.includes('=') ? text.indexOf('=') : text.indexOf(':');
  if (at < 1) throw bad(`bad format for add-host: ${JSON.stringify(text)}`);
  const address = text.slice(at + 1).replace(/^\[(.*)\]$/, '$1');
  if (address !== 'host-gateway' && isIP(address) === 0) {
    throw bad(`invalid IP address in add-host: ${JSON.stringify(text.slice(at + 1))}`);
  }
  return `${text.slice(0, at)}:${address}`;
}

/** `--dns`. */
export function checkAddress(text: string): string {
  const address = text.trim();
  if (isIP(address) === 0) throw bad(`IP address is not correctly formatted: ${text}`);
  return address;
}

const DOMAIN = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\.?$/i;

/** `--dns-search`: a domain, or a dot for none. */
export function checkDomain(text: string): string {
  const domain = text.trim();
  if (domain === '.') return domain;
  if (domain.length > 255 || !/[a-z]/i.test(domain) || !DOMAIN.test(domain)) {
    throw bad(`${text} is not a valid domain`);
  }
  return domain;
}

/** `--env`: a name must be there. */
export function checkEnv(text: string): string {
  if (text === '' || text.startsWith('=')) throw bad(`invalid environment variable: ${text}`);
  return text;
}

/** `--label`. */
export function checkLabel(text: string): string {
  const name = text.split('=', 1)[0] ?? '';
  const inner = name.trimStart();
  if (inner === '') throw bad(`invalid label '${text}': empty name`);
  if (/\s/.test(inner)) throw bad(`label '${inner}' contains whitespaces`);
  return text;
}

/** `--link container[:alias]`. */
export function checkLink(text: string): string {
  if (text === '') throw bad('empty string specified for links');
  if (text.split(':').length > 2) throw bad(`bad format for links: ${text}`);
  return text;
}

const SYSCTLS = new Set(
  ['msgmax', 'msgmnb', 'msgmni', 'sem', 'shmall', 'shmmax', 'shmmni', 'shm_rmid_forced'].map((x) => `kernel.${x}`),
);

/** `--sysctl`: only settings that belong to a namespace. */
export function checkSysctl(text: string): string {
  const name = text.split('=', 1)[0] ?? '';
  const allowed = SYSCTLS.has(name) || name.startsWith('net.') || name.startsWith('fs.mqueue.');
  if (!allowed || !text.includes('=')) throw bad(`sysctl '${text}' is not allowed`);
  return text;
}

/** `--device-cgroup-rule`, in the kernel's own format. */
export function checkDeviceRule(text: string): string {
  if (!/^[acb] ([0-9]+|\*):([0-9]+|\*) [rwm]{1,3}$/.test(text)) throw bad(`invalid device cgroup format '${text}'`);
  return text;
}

const ULIMITS = new Set(
  'core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack'.split(' '),
);

export interface Ulimit {
  readonly Name: string;
  readonly Hard: number;
  readonly Soft: number;
}

/** `--ulimit name=soft[:hard]`; -1 is unlimited. */
export function parseUlimit(text: string): Ulimit {
  const at = text.indexOf('=');
  if (at < 0) throw bad(`invalid ulimit argument: ${text}`);
  const [name, limits] = [text.slice(0, at), text.slice(at + 1)];
  if (!ULIMITS.has(name)) throw bad(`invalid ulimit type: ${name}`);
  const parts = limits.split(':');
  if (parts.length > 2) {
    throw bad(`too many limit value arguments - ${limits}, can only have up to two, \`soft[:hard]\``);
  }
  const soft = parseInt64(parts[0] ?? '');
  const hard = parts[1] === undefined ? soft : parseInt64(parts[1]);
  const rule = 'ulimit soft limit must be less than or equal to hard limit';
  if (hard !== -1 && soft === -1) throw bad(`${rule}: soft: -1 (unlimited), hard: ${hard}`);
  if (hard !== -1 && soft > hard) throw bad(`${rule}: ${soft} > ${hard}`);
  return { Name: name, Hard: hard, Soft: soft };
}

/** Adds `CAP_` and upper case, as the engine spells capabilities. */
export function normalizeCapability(text: string): string {
  const name = text.toUpperCase();
  return name === 'ALL' || name === 'RESET' || name.startsWith('CAP_') ? name : `CAP_${name}`;
}

/** True for the spellings of a hardware address that Go's net package reads: 6 or 8 bytes with `:`, `-` or dots. */
export function isMacAddress(text: string): boolean {
  const pairs = /^[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}(?:(?:\1[0-9a-f]{2}){2}|(?:\1[0-9a-f]{2}){14})?$/i;
  const words = /^[0-9a-f]{4}(?:\.[0-9a-f]{4}){2}(?:\.[0-9a-f]{4}|(?:\.[0-9a-f]{4}){7})?$/i;
  return pairs.test(text) || words.test(text);
}
