import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { type Cli, eventually, type TestEngine } from '@wharf/testkit';
import { provideImages } from './support/provide-images.ts';
import { suite } from './support/suite.ts';

interface State {
  readonly Status: string;
  readonly Running: boolean;
  readonly Paused: boolean;
  readonly ExitCode: number;
}

async function stateOf(engine: TestEngine, name: string): Promise<State> {
  const { json } = await engine.api('GET', `/containers/${name}/json`);
  return (json as { State: State }).State;
}

/** Lines that a container prints without end, several a second. */
const COUNT = 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.02; done';

async function printed(cli: Cli, name: string): Promise<number> {
  return (await cli.ok(['logs', name])).length;
}

/** Whether the container's processes go on. */
async function goesOn(cli: Cli, name: string): Promise<boolean> {
  const before = await printed(cli, name);
  await delay(150);
  return (await printed(cli, name)) > before;
}

async function refused(cli: Cli, args: readonly string[], reason: RegExp): Promise<void> {
  const { code, stderr } = await cli.run(args);
  assert.deepEqual([code, reason.test(stderr)], [1, true], `${args.join(' ')}: ${stderr}`);
}

suite('verbs', {}, ({ both, once, ours }) => {
  both('pause stops every process, unpause lets them go on', async ({ cli, engine }) => {
    const name = `pause-${cli.name}`;
    await cli.ok(['run', '-d', '--name', name, 'busybox', 'sh', '-c', COUNT]);
    await eventually(async () => (await printed(cli, name)) > 0);
    assert.equal(await cli.ok(['pause', name]), name);
    const { Status, Running, Paused } = await stateOf(engine, name);
    assert.deepEqual([Status, Running, Paused], ['paused', true, true]);
    assert.equal(await goesOn(cli, name), false);
    const row = ['--filter', `name=${name}`, '--format', '{{.State}}|{{.Status}}'];
    assert.match(await cli.ok(['ps', ...row, '--filter', 'status=paused']), /^paused\|Up .* \(Paused\)$/);
    assert.equal(await cli.ok(['ps', ...row, '--filter', 'status=running']), '');

    await refused(cli, ['pause', name], /is already paused/);
    await refused(cli, ['start', name], /cannot start a paused container, try unpause instead/);
    await refused(cli, ['attach', name], /cannot attach to a paused container, unpause it first/i);
    await refused(cli, ['rm', name], /paused/);
    assert.equal((await engine.api('POST', `/containers/${name}/pause`)).status, 409);
    assert.equal((await engine.api('POST', `/containers/${name}/attach?stream=1&stdout=1`)).status, 409);

    assert.equal(await cli.ok(['unpause', name]), name);
    await eventually(() => goesOn(cli, name));
    assert.equal((await stateOf(engine, name)).Status, 'running');
    await refused(cli, ['unpause', name], /is not paused/);
    assert.equal((await engine.api('POST', `/containers/${name}/unpause`)).status, 500);
    const now = String(Math.ceil(Date.now() / 1000));
    const events = ['events', '--since', '60s', '--until', now, '--filter', `container=${name}`];
    const actions = (await cli.ok([...events, '--format', '{{.Action}}'])).split('\n');
    assert.deepEqual(actions.slice(-2), ['pause', 'unpause']);
    await cli.ok(['rm', '-f', name]);
    await refused(cli, ['pause', name], /No such container/);
  });

  both('a paused container can be stopped, killed and removed by force', async ({ cli, engine }) => {
    const script = 'trap "exit 7" TERM; echo up; while :; do sleep 0.05; done';
    const id = await cli.ok(['run', '-d', 'busybox', 'sh', '-c', script]);
    await eventually(async () => (await cli.ok(['logs', id])) === 'up');
    await cli.ok(['pause', id]);
    await cli.ok(['stop', id]);
    const stopped = await stateOf(engine, id);
    assert.deepEqual([stopped.Status, stopped.Paused, stopped.ExitCode], ['exited', false, 7]);
    await refused(cli, ['pause', id], /is not running/);

    await cli.ok(['start', id]);
    await cli.ok(['pause', id]);
    await cli.ok(['kill', id]);
    await eventually(async () => (await stateOf(engine, id)).Status === 'exited');
    assert.equal((await stateOf(engine, id)).ExitCode, 137);

    await cli.ok(['start', id]);
    await cli.ok(['pause', id]);
    await cli.ok(['rm', '-f', id]);
    assert.equal((await engine.api('GET', `/containers/${id}/json`)).status, 404);
  });

  ours('a paused container stays paused while the engine is away', async ({ cli, engine }) => {
    const id = await cli.ok(['run', '-d', 'busybox', 'sh', '-c', COUNT]);
    const other = await cli.ok(['run', '-d', 'busybox', 'sh', '-c', COUNT]);
    await cli.ok(['pause', id]);
    await engine.kill9();
    await engine.start();
    assert.deepEqual(
      [(await stateOf(engine, id)).Status, (await stateOf(engine, other)).Status],
      ['paused', 'running'],
    );
    assert.equal(await goesOn(cli, id), false);
    await cli.ok(['unpause', id]);
    await eventually(() => goesOn(cli, id));
    await cli.ok(['rm', '-f', id, other]);
  });

  both('rename', async ({ cli, engine }) => {
    const id = await cli.ok(['create', '--name', `old-${cli.name}`, 'busybox']);
    const taken = await cli.ok(['create', '--name', `taken-${cli.name}`, 'busybox']);
    assert.equal(await cli.ok(['rename', `old-${cli.name}`, `new-${cli.name}`]), '');
    assert.equal(await cli.ok(['inspect', '-f', '{{.Id}} {{.Name}}', `new-${cli.name}`]), `${id} /new-${cli.name}`);
    assert.equal((await engine.api('GET', `/containers/old-${cli.name}/json`)).status, 404);
    await refused(
      cli,
      ['rename', id, `taken-${cli.name}`],
      /Conflict\. The container name "\/taken-\w+" is already in use/,
    );
    await refused(cli, ['rename', id, 'a b'], /Invalid container name/);
    await refused(cli, ['rename', id, `new-${cli.name}`], /same name/);
    assert.equal((await cli.run(['rename', id])).code, 1);
    await cli.ok(['rm', id, taken]);
  });

  both('port of a container that publishes nothing', async ({ cli }) => {
    const id = await cli.ok(['run', '-d', '--expose', '80', 'busybox', 'sleep', '300']);
    assert.equal(await cli.ok(['port', id]), '');
    await refused(cli, ['port', id, '80'], new RegExp(`No public port '80' published for ${id}`));
    await refused(cli, ['port', id, '80/udp'], /No public port '80\/udp' published for/);
    await cli.ok(['rm', '-f', id]);
  });

  both('container prune removes what does not run, by label and age', async ({ cli, engine }) => {
    const label = ['--label', `prune=${cli.name}`];
    const up = await cli.ok(['run', '-d', ...label, 'busybox', 'sleep', '300']);
    const written = await cli.ok(['run', '-d', ...label, 'busybox', 'sh', '-c', 'head -c 100000 /dev/zero >/big']);
    const kept = await cli.ok(['create', ...label, '--label', 'keep', 'busybox']);
    await cli.ok(['wait', written]);
    const filters = ['--filter', `label=prune=${cli.name}`];
    const none = await cli.ok(['container', 'prune', '-f', ...filters, '--filter', 'until=1h']);
    assert.equal(none, 'Total reclaimed space: 0B');
    const declined = await cli.run(['container', 'prune', ...filters], { input: 'n\n' });
    assert.equal(declined.code, 0);
    assert.match(
      declined.stdout,
      /^WARNING! This will remove all stopped containers\.\nAre you sure you want to continue\? \[y\/N\] /,
    );
    const report = await cli.ok(['container', 'prune', '-f', ...filters, '--filter', 'label!=keep']);
    assert.equal(report, `Deleted Containers:\n${written}\n\nTotal reclaimed space: 100kB`);
    const agreed = await cli.run(['container', 'prune', ...filters], { input: 'y\n' });
    assert.ok(agreed.stdout.endsWith(`Deleted Containers:\n${kept}\n\nTotal reclaimed space: 0B\n`), agreed.stdout);
    assert.equal((await stateOf(engine, up)).Status, 'running');
    await refused(cli, ['container', 'prune', '-f', '--filter', 'name=x'], /invalid filter/i);
    await cli.ok(['rm', '-f', up]);
  });

  ours('container prune also removes what has lost its image', async ({ cli, engine }) => {
    await provideImages(engine, ['hello-world']);
    const id = await cli.ok(['create', 'hello-world']);
    await cli.ok(['rmi', '-f', 'hello-world']);
    assert.match(await cli.ok(['container', 'prune', '-f']), new RegExp(`^Deleted Containers:\n${id}\n`));
  });

  once('POST /containers/prune answers null for nothing', async ({ engine }) => {
    const filters = encodeURIComponent(JSON.stringify({ label: ['nobody-has-it'] }));
    const { status, json } = await engine.api('POST', `/containers/prune?filters=${filters}`);
    assert.deepEqual([status, json], [200, { ContainersDeleted: null, SpaceReclaimed: 0 }]);
  });

  both('image prune: only what has no name; with -a what no container needs', async ({ cli, engine }) => {
    const used = await cli.ok(['create', '--name', `user-${cli.name}`, 'busybox']);
    assert.equal(await cli.ok(['image', 'prune', '-f']), 'Total reclaimed space: 0B');
    await provideImages(engine, ['hello-world']);
    const id = await cli.ok(['inspect', '-f', '{{.Id}}', 'hello-world']);
    const report = await cli.ok(['image', 'prune', '-af']);
    assert.match(report, /^Deleted Images:\n[^]*untagged: hello-world:/);
    assert.match(report, new RegExp(`\\ndeleted: ${id}\\n[^]*\\n\\nTotal reclaimed space: \\d[0-9.]*k?B$`));
    assert.equal((await engine.api('GET', '/images/busybox/json')).status, 200);
    assert.equal((await engine.api('GET', '/images/hello-world/json')).status, 404);
    const declined = await cli.run(['image', 'prune', '-a'], { input: '\n' });
    assert.match(
      declined.stdout,
      /^WARNING! This will remove all images without at least one container associated to them\.\n/,
    );
    assert.equal(declined.code, 0);
    await cli.ok(['rm', used]);
    await refused(cli, ['image', 'prune', '-f', '--filter', 'name=x'], /invalid filter/i);
  });

  ours('image prune -a takes no name from an image that a container needs', async ({ cli }) => {
    const used = await cli.ok(['create', 'busybox']);
    await cli.ok(['tag', 'busybox', 'again:one']);
    assert.equal(await cli.ok(['image', 'prune', '-af']), 'Total reclaimed space: 0B');
    assert.equal(await cli.ok(['images', '-q', 'again:one']), await cli.ok(['images', '-q', 'busybox']));
    await cli.ok(['rmi', 'again:one']);
    await cli.ok(['rm', used]);
  });

  both('diff: what was added, changed and deleted', async ({ cli, engine }) => {
    const script =
      'mkdir /new /new/in; echo x >/new/in/file; echo x >>/etc/passwd; rm /bin/true; touch /tmp/t; rm /tmp/t';
    const id = await cli.ok(['run', '-d', 'busybox', 'sh', '-c', script]);
    await cli.ok(['wait', id]);
    const expected = ['A /new', 'A /new/in', 'A /new/in/file', 'C /bin', 'C /etc', 'C /etc/passwd', 'D /bin/true'];
    const lines = (await cli.ok(['diff', id])).split('\n').filter((line) => line !== 'C /tmp');
    assert.deepEqual(lines.toSorted(), expected);
    assert.ok(lines.indexOf('A /new') < lines.indexOf('A /new/in'));
    await cli.ok(['rm', id]);
    const idle = await cli.ok(['run', '-d', 'busybox', 'sleep', '300']);
    assert.equal(await cli.ok(['diff', idle]), '');
    assert.equal((await engine.api('GET', `/containers/${idle}/changes`)).text, 'null\n');
    await cli.ok(['rm', '-f', idle]);
    await refused(cli, ['diff', 'nobody'], /No such container: nobody/);
  });
});
