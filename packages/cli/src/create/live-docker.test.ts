import assert from 'node:assert/strict';
import { test } from 'node:test';
import { command as createCommand } from '../commands/container/create.ts';
import { command as runCommand } from '../commands/container/run.ts';
import { explainFlag } from '../explain/explain-flag.ts';
import { commandHelp } from '../framework/help.ts';
import { sendJson, startFakeEngine } from '../testing/fake-engine.ts';
import { dockerVersion, runDocker } from '../testing/real-docker.spawn.ts';
import { runWharf } from '../testing/run-wharf.ts';
import { wharfFlags } from './flags-wharf.ts';

const docker = dockerVersion()?.startsWith('28.') === true;
const skip = !docker && 'no Docker 28 client here';
const NO_CONFIG = '/nonexistent-config';

/** The first column of an option list: `-e, --env list`. */
function optionsOf(help: string): string[] {
  return [...help.matchAll(/^ {2,6}((?:-\w, )?--[\w-]+(?: [\w-]+)?)(?: {2,}|$)/gm)].map((match) => match[1] ?? '');
}

/** The options without those that Docker does not have. */
function withoutOwn(options: readonly string[]): string[] {
  const others = [...Object.values(wharfFlags), explainFlag()].map(({ name }) => `--${name}`);
  return options.filter((option) => !others.some((name) => option.startsWith(`${name} `) || option === name));
}

test("run and create have docker's flags, letters and kinds of values", { skip }, async () => {
  for (const [name, command] of [
    ['run', runCommand],
    ['create', createCommand],
  ] as const) {
    const theirs = await runDocker('unix:///nonexistent', NO_CONFIG, [name, '--help']);
    assert.deepEqual(withoutOwn(optionsOf(commandHelp(`wharf ${name}`, command, 80))), optionsOf(theirs.stdout));
  }
});

const LINES: readonly (readonly string[])[] = [
  ['b'],
  ['-itd', 'b'],
  [
    '-it',
    '--name',
    'n',
    '--platform',
    'linux/arm64',
    '--rm',
    '-p',
    '80:8080/udp',
    '-v',
    '/a:/b:ro',
    'b',
    'sh',
    '-c',
    'x',
  ],
  ['--network', 'name=n1,alias=x,ip=10.0.0.2', '--dns', '1.1.1.1', '--add-host', 'a:1.2.3.4', 'b'],
  ['--mount', 'type=tmpfs,dst=/t,tmpfs-size=1m', '--ulimit', 'nofile=5:6', '--sysctl', 'net.x=1', 'b'],
  ['-m', '1g', '--cpus', '1.5', '--pids-limit', '7', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', 'b'],
  ['--health-cmd', 'x', '--health-interval', '1m', '--restart', 'on-failure:3', '--stop-timeout', '0', 'b'],
  ['-m', 'x', 'b'],
  ['--restart', 'always', '--rm', 'b'],
  ['--nonsense'],
  ['-Z'],
  [],
];

test('a docker client on this machine sends the same and says the same, now', { skip }, async () => {
  const engine = await startFakeEngine({
    'POST /containers/create': {
      answer: (_, response) => sendJson(response, 201, { Id: 'c1', Warnings: ['careful'] }),
    },
  });
  try {
    for (const line of LINES) {
      const args = ['create', ...line];
      const theirs = await runDocker(engine.host, NO_CONFIG, args);
      const [asked] = engine.seen.splice(0).filter((request) => request.method === 'POST');
      const ours = await runWharf(engine.host, NO_CONFIG, args);
      const [sent] = engine.seen.splice(0).filter((request) => request.method === 'POST');
      assert.deepEqual(sent?.body, asked?.body, args.join(' '));
      assert.deepEqual(sent?.query, asked?.query, args.join(' '));
      const stderr = theirs.stderr.replaceAll('docker', 'wharf');
      assert.deepEqual(ours, { ...theirs, stderr }, args.join(' '));
    }
  } finally {
    await engine.close();
  }
});
