import { join } from 'node:path';
import { type Area, plain } from '../case.ts';

export const rootfs: Area = {
  name: 'root file system and mounts',
  cases: [
    {
      name: 'a writable root takes files',
      script: 'echo kept > /written && cat /written && rm /written',
      prints: 'kept',
      flags: plain,
    },
    {
      name: 'a read-only root does not, mounts on it may',
      script: 'touch /x 2>/dev/null; echo $?; touch /dev/shm/x && echo shm',
      prints: '1\nshm',
      bundle: (bundle) => {
        bundle.root.readonly = true;
      },
      flags: () => ['--read-only'],
    },
    {
      name: 'there is nothing above the root',
      script: 'cd /../..; pwd; ls -d /proc/1/root/../bin',
      prints: '/\n/proc/1/root/../bin',
      flags: plain,
    },
    {
      name: 'a tmpfs with size, mode and flags',
      script:
        'stat -c %a /mnt/t; df -k /mnt/t | tail -1 | awk "{print \\$2}"; grep -c "/mnt/t tmpfs.*noexec" /proc/mounts',
      prints: '1770\n1024\n1',
      bundle: ({ mounts }) => {
        const options = ['nosuid', 'nodev', 'noexec', 'size=1m', 'mode=1770'];
        mounts.push({ destination: '/mnt/t', type: 'tmpfs', source: 'tmpfs', options });
      },
      flags: () => ['--tmpfs', '/mnt/t:size=1m,mode=1770'],
    },
    {
      name: 'a directory of the host, read-only',
      script: 'cat /mnt/d/file; touch /mnt/d/new 2>/dev/null; echo $?',
      prints: 'content\n1',
      bundle: ({ mounts }, { directory }) => {
        mounts.push({ destination: '/mnt/d', type: 'bind', source: directory, options: ['rbind', 'rprivate', 'ro'] });
      },
      flags: ({ directory }) => ['-v', `${directory}:/mnt/d:ro`],
    },
    {
      name: 'a file of the host, on a target that is made, with flags of its own',
      script: 'cat /mnt/new/place; grep " /mnt/new/place " /proc/mounts | grep -c "nosuid,nodev,noexec"',
      prints: 'content\n1',
      bundle: ({ mounts }, { directory }) => {
        const options = ['bind', 'nosuid', 'nodev', 'noexec'];
        mounts.push({ destination: '/mnt/new/place', type: 'bind', source: join(directory, 'file'), options });
      },
    },
    {
      name: 'mounts are private unless they are asked to be shared',
      script: 'grep -c shared: /proc/self/mountinfo',
      prints: '0',
      code: 1,
      bundle: ({ mounts }, { directory }) => {
        mounts.push({ destination: '/mnt/d', type: 'bind', source: directory, options: ['rbind', 'rprivate'] });
      },
      flags: ({ directory }) => ['-v', `${directory}:/mnt/d`],
    },
    {
      name: 'terminals are of an instance of their own',
      script: 'ls /dev/pts; ls -l /dev/ptmx | grep -c "pts/ptmx"',
      prints: 'ptmx\n1',
      flags: plain,
    },
    {
      name: 'masked paths are empty, those that are missing do not matter',
      script: 'cat /proc/keys | wc -c; ls /sys/firmware | wc -l',
      prints: '0\n0',
      flags: plain,
    },
    {
      name: 'read-only paths are',
      script: 'cat /proc/sys/kernel/ostype; (echo x > /proc/sys/kernel/domainname) 2>/dev/null; echo $?',
      prints: 'Linux\n1',
      flags: plain,
    },
    {
      name: 'the system file system is read-only',
      script: 'grep -c "^sysfs /sys sysfs ro," /proc/mounts',
      prints: '1',
      flags: plain,
    },
  ],
};
