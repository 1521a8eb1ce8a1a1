import assert from 'node:assert/strict';
import { readlinkSync } from 'node:fs';
import { type Area, plain } from '../case.ts';

const FILES = ['pid', 'net', 'ipc', 'uts', 'mnt'] as const;
const SHOW = `for n in ${FILES.join(' ')}; do readlink /proc/self/ns/$n; done`;

/** Which of the namespaces in the output are the host's. */
function shared(stdout: string): string[] {
  const lines = stdout.trim().split('\n');
  return FILES.filter((file, at) => lines[at] === readlinkSync(`/proc/self/ns/${file}`));
}

export const namespaces: Area = {
  name: 'namespaces',
  cases: [
    {
      name: 'all are the container’s own',
      script: SHOW,
      prints: (text) => assert.deepEqual(shared(text), []),
      flags: plain,
    },
    {
      name: 'those that are left out are the host’s',
      script: SHOW,
      prints: (text) => assert.deepEqual(shared(text), ['net', 'ipc']),
      bundle: ({ linux }) => {
        linux.namespaces = linux.namespaces.filter(({ type }) => type !== 'network' && type !== 'ipc');
      },
      flags: () => ['--network', 'host', '--ipc', 'host'],
    },
    {
      name: 'one that exists can be joined',
      script: SHOW,
      prints: (text) => assert.deepEqual(shared(text), ['uts']),
      bundle: (bundle) => {
        const path = `/proc/${process.pid}/ns/uts`;
        bundle.linux.namespaces = bundle.linux.namespaces.map((one) => (one.type === 'uts' ? { ...one, path } : one));
        bundle.hostname = '';
      },
      flags: () => ['--uts', 'host'],
    },
    {
      name: 'the process is the first of its namespace',
      script: 'echo $$',
      prints: '1',
      flags: plain,
    },
    {
      name: 'root in a user namespace is somebody else outside',
      script:
        'id -u; tr -s " " </proc/self/uid_map; touch /x 2>/dev/null; echo $?; echo x >/dev/null && echo null; cat /proc/sys/kernel/ostype',
      prints: '0\n 0 100000 65536\n1\nnull\nLinux',
      bundle: ({ linux, mounts }) => {
        const map = { containerID: 0, hostID: 100_000, size: 65_536 };
        Object.assign(linux, { uidMappings: [map], gidMappings: [map] });
        linux.namespaces.push({ type: 'user' });
        // Control groups in it are a matter of its own.
        mounts.pop();
      },
    },
    {
      name: 'host name',
      script: 'hostname; cat /proc/sys/kernel/hostname',
      prints: 'some-name\nsome-name',
      bundle: (bundle) => {
        bundle.hostname = 'some-name';
      },
      flags: () => ['--hostname', 'some-name'],
    },
    {
      name: 'the loopback interface is up',
      script: 'ip addr show lo | grep -c 127.0.0.1/8',
      prints: '1',
      flags: plain,
    },
  ],
};
