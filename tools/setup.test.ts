import assert from 'node:assert/strict';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { command, type Outcome } from './lib/command.spawn.ts';
import { root } from './lib/tree.ts';

/** Stands in for npm: writes down that it was called and leaves what an installation leaves, its record last. */
const NPM = `#!/bin/sh
echo npm >>calls
mkdir -p node_modules/.bin
sleep 0.2
[ -e broken ] && { echo 'the registry is on fire'; exit 1; }
cp fake-node node_modules/.bin/node
touch node_modules/.package-lock.json
`;
/** Stands in for Node 26 running tools/build.ts. */
const NODE = `#!/bin/sh
echo build >>calls
printf '#!/bin/sh\\necho "ran $WHARF_HOME:$*"\\n' >build/wharf
chmod +x build/wharf
`;

class FakeTree {
  readonly dir = mkdtempSync(join(tmpdir(), 'wharf-setup-'));

  constructor() {
    for (const name of ['bin', 'tools', 'sub']) mkdirSync(join(this.dir, name));
    copyFileSync(join(root, 'wharf'), join(this.dir, 'wharf'));
    copyFileSync(join(root, 'tools/setup.sh'), join(this.dir, 'tools/setup.sh'));
    this.script('bin/npm', NPM);
    this.script('fake-node', NODE);
    for (const name of ['node', 'gcc', 'make']) this.script(`bin/${name}`, '#!/bin/sh\n');
    this.write('package-lock.json', '{}');
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.dir, path), text);
  }

  script(path: string, text: string): void {
    this.write(path, text);
    chmodSync(join(this.dir, path), 0o755);
  }

  calls(): string {
    return readFileSync(join(this.dir, 'calls'), 'utf8').trim().replaceAll('\n', ' ');
  }

  wharf(program = './wharf', cwd = this.dir, path = `${this.dir}/bin:/usr/bin:/bin`): Promise<Outcome> {
    return command(program, ['a', 'b c'], { cwd, env: { PATH: path }, timeout: 30_000 });
  }

  [Symbol.dispose](): void {
    rmSync(this.dir, { recursive: true });
  }
}

test('the first call sets up and says so, the second only runs', async () => {
  using tree = new FakeTree();
  const first = await tree.wharf();
  assert.equal(first.output, `wharf: installing dependencies …\nran ${tree.dir}:a b c\n`);
  assert.equal((await tree.wharf()).output, `ran ${tree.dir}:a b c\n`);
  assert.equal(tree.calls(), 'npm build');
});

test('the tree is found through links, from anywhere and through the shell', async () => {
  using tree = new FakeTree();
  symlinkSync(join(tree.dir, 'wharf'), join(tree.dir, 'bin/link'));
  await tree.wharf();
  const ran = { ok: true, code: 0, output: `ran ${tree.dir}:a b c\n` };
  assert.deepEqual(await tree.wharf(join(tree.dir, 'bin/link'), '/'), ran);
  assert.deepEqual(await tree.wharf('../wharf', join(tree.dir, 'sub')), ran);
});

test('calls at the same time set up once', async () => {
  using tree = new FakeTree();
  const all = await Promise.all([tree.wharf(), tree.wharf(), tree.wharf()]);
  assert.deepEqual(
    all.map((outcome) => outcome.code),
    [0, 0, 0],
  );
  assert.equal(tree.calls(), 'npm build');
});

test('a failed set-up shows why and is redone by the next call', async () => {
  using tree = new FakeTree();
  tree.write('broken', '');
  const failed = await tree.wharf();
  assert.equal(failed.code, 1);
  assert.match(failed.output, /the registry is on fire\nwharf: set-up failed at: npm ci/);
  rmSync(join(tree.dir, 'broken'));
  assert.equal((await tree.wharf()).code, 0);
  assert.equal(tree.calls(), 'npm npm build');
});

test('a new commit builds again, and installs again only when the lockfile is newer', async () => {
  using tree = new FakeTree();
  await tree.wharf();
  mkdirSync(join(tree.dir, '.git/logs'), { recursive: true });
  tree.write('.git/logs/HEAD', 'a commit');
  await tree.wharf();
  assert.equal(tree.calls(), 'npm build build');
  tree.write('package-lock.json', '{ }');
  tree.write('.git/logs/HEAD', 'another commit');
  await tree.wharf();
  await tree.wharf();
  assert.equal(tree.calls(), 'npm build build npm build');
});

test('a compiler without the static C library is noticed before anything is done', async () => {
  using tree = new FakeTree();
  tree.script('bin/gcc', '#!/bin/sh\necho libc.a\n');
  const { code, output } = await tree.wharf();
  assert.equal(code, 1);
  assert.match(output, /^wharf: a static C library is needed .* apt-get install -y libc6-dev\n$/);
});

test('everything that is missing is named with the command that installs it', async () => {
  using tree = new FakeTree();
  for (const name of ['npm', 'gcc', 'make', 'node']) rmSync(join(tree.dir, 'bin', name));
  for (const name of ['sh', 'dirname', 'uname', 'mkdir']) symlinkSync(`/usr/bin/${name}`, join(tree.dir, 'bin', name));
  const { code, output } = await tree.wharf('./wharf', tree.dir, `${tree.dir}/bin`);
  assert.equal(code, 1);
  assert.match(output, /'gcc' is needed to build cell and was not found; install it with: apt-get install -y gcc/);
  assert.match(output, /'npm' is needed .* apt-get install -y nodejs npm/);
});
