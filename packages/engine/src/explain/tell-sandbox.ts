import { readlinkSync } from 'node:fs';
import type { OciNamespaceType } from '@wharf/spec';
import type { EndpointView } from '../containers/ports.ts';
import type { Held } from '../sandboxes/sandbox-service.ts';
import type { Narrator } from './narrator.ts';

/** What each namespace gives a container (namespaces(7)), and its file in /proc/PID/ns. */
const NAMESPACES: Readonly<Record<OciNamespaceType, readonly [file: string, what: string]>> = {
  mount: ['mnt', 'its own table of mounts'],
  uts: ['uts', 'its own host name'],
  ipc: ['ipc', 'its own shared memory and message queues'],
  pid: ['pid', 'its own process numbers'],
  network: ['net', 'its own interfaces, routes and ports'],
  cgroup: ['cgroup', 'its own control group as the top of the tree'],
  user: ['user', 'its own users: root in it is nobody special outside'],
};

/** What a start got to run in, with each namespace by its number (as `ls -l /proc/PID/ns` and lsns(8) show it). */
export function tellSandbox(held: Held, endpoint: EndpointView | undefined, explain: Narrator): void {
  const { sandbox, made } = held;
  const took = made.took.toFixed(1);
  const waited = made.at < explain.last;
  const age = Math.max(0, (performance.now() - made.at) / 1000).toFixed(1);
  explain.lap(
    'sandbox',
    waited
      ? `The engine took a sandbox that has waited for ${age} s: a process in namespaces and a control group of its own. Making it took ${took} ms, but nobody waited for that.`
      : `The engine made a sandbox: a process in namespaces and a control group of its own, as none of this kind waited. That took ${took} ms.`,
  );
  for (const { type, path } of sandbox.plan.namespaces) {
    const [file, what] = NAMESPACES[type];
    const name = numberOf(sandbox.childPid, file);
    const own = path === undefined ? 'new' : 'shared with somebody else';
    const first = type === 'pid' && !path ? `; its first process is 1 inside, ${sandbox.childPid} on the host` : '';
    explain.note('namespace', `${type} namespace ${name}, ${own}: ${what}${first}.`);
  }
  if (endpoint) {
    explain.note(
      'network',
      `Its end of the network is there already: address ${endpoint.ip}/${endpoint.prefix}, behind ${endpoint.gateway}, a cable (veth) to the bridge.`,
    );
  }
}

function numberOf(pid: number, file: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/${file}`).replace(/^\w+:/, '');
  } catch {
    return '[?]';
  }
}
