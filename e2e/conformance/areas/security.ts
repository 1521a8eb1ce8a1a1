import { join } from 'node:path';
import { type Area, plain } from '../case.ts';

/** Everything is allowed but making directories. */
export const NO_MKDIR = {
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 28 }],
};

const SHOW = 'grep -E "Cap(Prm|Eff|Bnd|Amb)" /proc/self/status | cut -f2 | sort -u';

/** Opens a device for which the kernel has no driver: permission is asked for first. */
const NOBODYS = 'mknod /dev/nobodys c 240 77 && (: </dev/nobodys) 2>&1 | sed "s/.*: //"';

export const security: Area = {
  name: 'security',
  cases: [
    {
      name: 'capabilities are those that were given',
      script: `${SHOW}; chown 1 /tmp 2>/dev/null; echo $?`,
      prints: '0000000000000000\n0000000000000400\n1',
      bundle: ({ process: { capabilities } }) => {
        const only = ['CAP_NET_BIND_SERVICE'];
        Object.assign(capabilities, { bounding: only, effective: only, permitted: only });
      },
      flags: () => ['--cap-drop', 'ALL', '--cap-add', 'NET_BIND_SERVICE'],
    },
    {
      name: 'ambient capabilities reach a user who is not root',
      script: 'grep CapEff /proc/self/status | cut -f2',
      prints: '0000000000000400',
      bundle: ({ process }) => {
        const all = ['CAP_NET_BIND_SERVICE'];
        process.capabilities = { bounding: all, effective: all, permitted: all, inheritable: all, ambient: all };
        process.user = { uid: 1000, gid: 1000 };
      },
    },
    {
      name: 'no new privileges',
      script: 'grep NoNewPrivs /proc/self/status | cut -f2',
      prints: '1',
      bundle: ({ process }) => {
        process.noNewPrivileges = true;
      },
      flags: () => ['--security-opt', 'no-new-privileges'],
    },
    {
      name: 'a seccomp filter answers with its error',
      script: 'grep Seccomp: /proc/self/status | cut -f2; mkdir /tmp/d 2>&1 | sed "s/.*: //"',
      prints: '2\nNo space left on device',
      bundle: ({ linux }) => {
        linux.seccomp = NO_MKDIR;
      },
      flags: ({ directory }) => ['--security-opt', `seccomp=${join(directory, 'seccomp.json')}`],
    },
    {
      name: 'a seccomp filter together with no new privileges, for a user',
      script: 'grep -E "Seccomp:|NoNewPrivs" /proc/self/status | cut -f2; mkdir /tmp/d 2>&1 | sed "s/.*: //"',
      prints: '1\n2\nNo space left on device',
      bundle: ({ linux, process }) => {
        linux.seccomp = NO_MKDIR;
        process.noNewPrivileges = true;
        process.user = { uid: 1000, gid: 1000 };
      },
      flags: ({ directory }) => [
        ...['--security-opt', `seccomp=${join(directory, 'seccomp.json')}`],
        ...['--security-opt', 'no-new-privileges', '-u', '1000:1000'],
      ],
    },
    {
      name: 'kernel settings of the namespaces',
      script: 'cat /proc/sys/net/core/somaxconn /proc/sys/kernel/msgmax',
      prints: '999\n4096',
      bundle: ({ linux }) => {
        linux.sysctl = { 'net.core.somaxconn': '999', 'kernel.msgmax': '4096' };
      },
      flags: () => ['--sysctl', 'net.core.somaxconn=999', '--sysctl', 'kernel.msgmax=4096'],
    },
    {
      name: 'the default devices and links',
      script:
        'for d in null zero full random urandom tty; do test -c /dev/$d || echo no $d; done; head -c 3 /dev/zero | wc -c; for l in fd stdin stdout stderr; do readlink /dev/$l; done',
      prints: '3\n/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2',
      flags: plain,
    },
    {
      name: 'a device of its own, with mode and owner',
      script: 'stat -c "%a %u %g %t:%T" /dev/mine; echo x > /dev/mine && echo written',
      prints: '640 5 6 1:3\nwritten',
      bundle: ({ linux }) => {
        const node = { path: '/dev/mine', type: 'c', major: 1, minor: 3 };
        linux.devices.push({ ...node, fileMode: 0o640, uid: 5, gid: 6 });
      },
    },
    {
      name: 'devices that were not granted cannot be opened, whoever made the node',
      script: `${NOBODYS}; rm -f /dev/nobodys`,
      prints: 'Operation not permitted',
      flags: plain,
    },
    {
      name: 'a device that was granted can',
      script: `${NOBODYS}; rm -f /dev/nobodys`,
      prints: 'No such device or address',
      bundle: ({ linux }) => {
        linux.resources.devices.push({ allow: true, type: 'c', major: 240, minor: 77, access: 'rw' });
      },
      flags: () => ['--device-cgroup-rule', 'c 240:77 rw'],
    },
  ],
};
