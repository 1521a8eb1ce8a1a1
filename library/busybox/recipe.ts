import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { debPackages, packageList, unpackDeb } from '../support/debian.ts';
import { fail } from '../support/errors.ts';
import { FileTree } from '../support/file-tree.ts';
import { labels, type Recipe } from '../support/recipe.ts';
import { run } from '../support/run.spawn.ts';

const SUITE = 'bookworm';

const PASSWD = [
  'root:x:0:0:root:/root:/bin/sh',
  'daemon:x:1:1:daemon:/usr/sbin:/bin/false',
  'bin:x:2:2:bin:/bin:/bin/false',
  'sys:x:3:3:sys:/dev:/bin/false',
  'sync:x:4:100:sync:/bin:/bin/sync',
  'mail:x:8:8:mail:/var/spool/mail:/bin/false',
  'www-data:x:33:33:www-data:/var/www:/bin/false',
  'operator:x:37:37:Operator:/var:/bin/false',
  'nobody:x:65534:65534:nobody:/home:/bin/false',
];

const GROUP = [
  'root:x:0:',
  'daemon:x:1:',
  'bin:x:2:',
  'sys:x:3:',
  'adm:x:4:',
  'tty:x:5:',
  'disk:x:6:',
  'wheel:x:10:root',
  'mail:x:8:',
  'www-data:x:33:',
  'users:x:100:',
  'nobody:x:65534:',
];

/** The fixed files around the one program: accounts, and the directories that programs expect. */
function skeleton(): FileTree {
  const lines = (rows: readonly string[]): string => `${rows.join('\n')}\n`;
  return new FileTree()
    .directory('dev')
    .directory('etc')
    .file('etc/passwd', lines(PASSWD))
    .file('etc/group', lines(GROUP))
    .file('etc/shadow', lines(PASSWD.map((row) => `${row.split(':')[0]}:*:::::::`)), { mode: 0o640 })
    .file('etc/nsswitch.conf', 'hosts: files dns\n')
    .directory('home', { uid: 65534, gid: 65534 })
    .directory('lib')
    .directory('root', { mode: 0o700 })
    .directory('tmp', { mode: 0o1777 })
    .directory('usr/sbin')
    .symlink('usr/bin/env', '../../bin/env')
    .directory('var/spool/mail', { uid: 8, gid: 8 })
    .directory('var/www')
    .directory('var/tmp', { mode: 0o1777 });
}

/** busybox: Debian's static build, a link in /bin for each of its applets, and a minimal root around it. */
export const busybox: Recipe = {
  name: 'busybox',
  summary: 'a shell and the usual commands in one static program',
  async build(context) {
    const packages = await debPackages(context, 'busybox', SUITE, ['busybox-static']);
    const unpacked = new FileTree();
    for (const deb of packages) await unpackDeb(deb, unpacked);
    const program = unpacked.get('bin/busybox') ?? unpacked.get('usr/bin/busybox');
    if (program?.type !== 'file') throw fail('LIBRARY_BAD_TREE', 'the package busybox-static has no /bin/busybox');

    const files = skeleton().file('bin/busybox', program.data, { mode: 0o755 });
    const runnable = join(context.scratchDir, 'busybox');
    await writeFile(runnable, program.data);
    await chmod(runnable, 0o755);
    for (const applet of (await run(runnable, ['--list'])).toString().trim().split('\n')) {
      if (applet !== 'busybox') files.symlink(`bin/${applet}`, '/bin/busybox');
    }
    const version = packages[0]?.version ?? '';
    return [
      {
        tags: ['latest', version.replace(/^\d+:/, '').replace(/-.*$/, '')],
        config: {
          Cmd: ['sh'],
          Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
          WorkingDir: '/',
          Labels: labels(
            'busybox',
            version,
            `Built from Debian packages (${SUITE}: ${packageList(packages)}), not the Docker Hub image.`,
            'GPL-2.0-only',
          ),
        },
        files,
        createdBy: `COPY busybox-static ${version} / # library/busybox`,
      },
    ];
  },
};
