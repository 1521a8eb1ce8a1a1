import assert from 'node:assert/strict';
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { engineKind, type TestEngine } from '@wharf/testkit';

export const MIB = 1024 * 1024;

/** Whether this machine has cgroup v2 only, as the kernel shows it. */
export const V2 = existsSync('/sys/fs/cgroup/cgroup.controllers');

/** Where the group of a process is, for one controller of v1 (`memory`, `freezer`, …); in v2 there is one for all. */
export function groupOf(pid: number, controller: string): string {
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n');
  const line = lines.find((text) =>
    V2 ? text.startsWith('0::') : text.split(':')[1]?.split(',').includes(controller),
  );
  const path = line?.split(':').slice(2).join(':') ?? '';
  return join('/sys/fs/cgroup', V2 ? '' : controller, path);
}

/** One file of a process's group, by its name in each version; undefined where the kernel has no such file. */
export function groupFile(
  pid: number,
  v1: readonly [controller: string, file: string],
  v2: string,
): string | undefined {
  const path = join(groupOf(pid, v1[0]), V2 ? v2 : v1[1]);
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

/** All processes of a group and of those below it. */
export function processesBelow(directory: string): number[] {
  const own = readFileSync(join(directory, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  const below = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [...own, ...below.flatMap(({ name }) => processesBelow(join(directory, name)))];
}

/** A block device of this machine. */
export interface BlockDevice {
  readonly path: string;
  /** As control groups write them: major:minor. */
  readonly numbers: string;
  /** False where root itself may not open it, as inside another container. */
  readonly readable: boolean;
}

/** A real block device; undefined if there is none. */
export function blockDevice(): BlockDevice | undefined {
  const names = readdirSync('/sys/block').filter((name) => /^(vd|sd|nvme|xvd)/.test(name));
  // The last one: in the virtual machine of the tests an empty disk, never the first disk of a real machine.
  const found = names.sort().findLast((name) => existsSync(`/dev/${name}`));
  if (found === undefined) return undefined;
  const path = `/dev/${found}`;
  return { path, numbers: readFileSync(`/sys/block/${found}/dev`, 'utf8').trim(), readable: isReadable(path) };
}

function isReadable(path: string): boolean {
  try {
    closeSync(openSync(path, 'r'));
    return true;
  } catch {
    return false;
  }
}

/** A started container, made by the API. */
export interface Started {
  readonly id: string;
  readonly pid: number;
}

interface Inspected {
  readonly State: {
    readonly Pid: number;
    readonly Status: string;
    readonly OOMKilled: boolean;
    readonly ExitCode: number;
  };
}

export async function inspect(engine: TestEngine, id: string): Promise<Inspected['State']> {
  return ((await engine.api('GET', `/containers/${id}/json`)).json as Inspected).State;
}

/** Runs a shell script of busybox (or of another image) with these limits. */
export async function startWith(
  engine: TestEngine,
  hostConfig: Readonly<Record<string, unknown>>,
  script = 'exec sleep 600',
  image = 'busybox',
): Promise<Started> {
  const body = { Image: image, Cmd: ['sh', '-c', script], HostConfig: hostConfig };
  const created = await engine.api('POST', '/containers/create', body);
  assert.equal(created.status, 201, created.text);
  const { Id: id } = created.json as { Id: string };
  const started = await engine.api('POST', `/containers/${id}/start`);
  assert.equal(started.status, 204, started.text);
  return { id, pid: (await inspect(engine, id)).Pid };
}

/** What the container has printed so far. */
export async function output(engine: TestEngine, id: string): Promise<string> {
  const { json } = await engine.api('GET', `/containers/${id}/json`);
  const { LogPath } = json as { LogPath: string };
  const lines = existsSync(LogPath) ? readFileSync(LogPath, 'utf8').split('\n').filter(Boolean) : [];
  return lines.map((line) => (JSON.parse(line) as { log: string }).log).join('');
}

export async function remove(engine: TestEngine, id: string): Promise<void> {
  const { status, text } = await engine.api('DELETE', `/containers/${id}?force=1`);
  assert.equal(status, 204, text);
}

/** The limits of a process's group that the tests set, as the kernel has them; the same words in both versions. */
export function limitsOf(pid: number): Record<string, string | undefined> {
  const sum = groupFile(pid, ['memory', 'memory.memsw.limit_in_bytes'], 'memory.swap.max');
  const memory = groupFile(pid, ['memory', 'memory.limit_in_bytes'], 'memory.max');
  const quota = groupFile(pid, ['cpu', 'cpu.cfs_quota_us'], 'cpu.max');
  return {
    memory,
    // v1 counts memory and swap together.
    swap: sum === undefined || V2 ? sum : String(Number(sum) - Number(memory)),
    reservation: groupFile(pid, ['memory', 'memory.soft_limit_in_bytes'], 'memory.low'),
    shares: groupFile(pid, ['cpu', 'cpu.shares'], 'cpu.weight'),
    quota: V2 ? quota : `${quota} ${groupFile(pid, ['cpu', 'cpu.cfs_period_us'], '')}`,
    cpus: groupFile(pid, ['cpuset', 'cpuset.cpus'], 'cpuset.cpus'),
    memoryNodes: groupFile(pid, ['cpuset', 'cpuset.mems'], 'cpuset.mems'),
    pids: groupFile(pid, ['pids', 'pids.max'], 'pids.max'),
  };
}

/** Whether everything in the container's group stands still, by the kernel's word. */
export function isFrozen(pid: number): boolean {
  return V2
    ? /^frozen 1$/m.test(readFileSync(join(groupOf(pid, ''), 'cgroup.events'), 'utf8'))
    : groupFile(pid, ['freezer', 'freezer.state'], '') === 'FROZEN';
}

interface Stats {
  readonly pids_stats: { readonly current: number; readonly limit?: number };
  readonly memory_stats: { readonly usage: number; readonly limit: number };
  readonly cpu_stats: {
    readonly cpu_usage: { readonly total_usage: number; readonly usage_in_usermode: number };
    readonly throttling_data: { readonly periods: number; readonly throttled_time: number };
  };
  readonly blkio_stats: {
    readonly io_service_bytes_recursive: readonly { major: number; minor: number; op: string; value: number }[] | null;
  };
}

export async function statsOf(engine: TestEngine, id: string): Promise<Stats> {
  return (await engine.api('GET', `/containers/${id}/stats?stream=0&one-shot=1`)).json as Stats;
}

/** What happened so far to a container, of these kinds. */
export async function eventsOf(engine: TestEngine, id: string, ...kinds: string[]): Promise<string[]> {
  const filters = encodeURIComponent(JSON.stringify({ container: [id], event: kinds }));
  const until = Math.floor(Date.now() / 1000) + 1;
  const { text } = await engine.api('GET', `/events?since=1&until=${until}&filters=${filters}`);
  const lines = text.split('\n').filter(Boolean);
  return lines.map((line) => (JSON.parse(line) as { Action: string }).Action);
}

/** Nanoseconds that the group has computed, by the kernel. */
export function computed(pid: number): number {
  const text = groupFile(pid, ['cpuacct', 'cpuacct.usage'], 'cpu.stat') ?? '';
  return V2 ? Number(/^usage_usec (\d+)$/m.exec(text)?.[1]) * 1000 : Number(text);
}

/** Moves the container's processes into groups of its own below its own, as an init or a nested engine does. */
export const NEST = `cd /sys/fs/cgroup${V2 ? '' : '/pids'} && mkdir init job && echo 1 >init/cgroup.procs || exit
${V2 ? "echo '+pids +memory' >cgroup.subtree_control || exit" : ''}
echo 3 >job/pids.max || exit
sh -c 'echo $$ >job/cgroup.procs; exec sleep 601' &
until [ -n "$(cat job/cgroup.procs)" ]; do :; done
echo nested; exec sleep 600`;

/** Tries to open device nodes that no driver serves: refused by the rules, or let through to where there is none. */
export const TRY = `
try() { for mode in '<' '>>' '<>'; do
  why=$(sh -c "true $mode /k$1" 2>&1); case $why in *not\\ permitted*) printf ' no';; *No\\ such\\ device*) printf ' yes';; *) printf ' %s' "$why";; esac
done; }
for n in 1 2 3 4 5; do mknod /k$n c 240 $n || echo mknod; echo $n$(try $n); done
mknod /k6 b 240 6; echo 6$(try 6)
for d in null zero; do head -c0 /dev/$d && true >/dev/$d && echo $d; done
`;

/** runc before 1.3, which the oracle has, makes weights of shares in another way. */
export const weight = (ours: string, before: string): string => (engineKind() === 'dockerd' ? before : ours);
