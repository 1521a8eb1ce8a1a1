import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ContainerRecord } from '../containers/record.ts';
import { runningRecord } from '../health/watched.test-helper.ts';
import type { EndRecord, SentBy, SentSignal } from './end-record.ts';
import { explain } from './explain.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const at = (secondsAgo: number) => new Date(NOW - secondsAgo * 1000).toISOString();

/** An end ten seconds ago, after a run of a minute. */
const end = (more: Partial<EndRecord> = {}): EndRecord => ({
  kind: 'exited',
  startedAt: at(70),
  at: at(10),
  exitCode: 1,
  signal: 0,
  oomKills: 0,
  sent: [],
  again: false,
  ...more,
});
const sent = (by: SentBy, signal: number, secondsAgo = 11, more: Partial<SentSignal> = {}): SentSignal => ({
  by,
  signal,
  at: at(secondsAgo),
  ...more,
});

type Change = (record: ContainerRecord) => void;

function why(ends: readonly EndRecord[], change: Change = () => {}) {
  const record = runningRecord({ Image: 'busybox' });
  const last = ends.at(-1);
  Object.assign(record.state, { status: 'exited', pid: 0, startedAt: at(70), finishedAt: last?.at ?? at(10) });
  record.ends = ends;
  change(record);
  return explain(record, { now: NOW, lastOutput: ['the last line'] });
}

function running(change: Change, live?: NonNullable<Parameters<typeof explain>[1]['live']>) {
  const record = runningRecord({ Image: 'busybox' });
  record.state.startedAt = at(90);
  change(record);
  return explain(record, { now: NOW, lastOutput: [], ...(live ? { live } : {}) });
}

describe('why a run ended', () => {
  it('says what was done on purpose, and by which verb', () => {
    const cases: [EndRecord, string, RegExp][] = [
      [
        end({ exitCode: 143, signal: 15, sent: [sent('stop', 15)] }),
        'stopped',
        /stopped on purpose, by a client's stop\./,
      ],
      [end({ exitCode: 0, sent: [sent('stop', 15)] }), 'stopped', /stopped on purpose/],
      [end({ exitCode: 137, signal: 9, sent: [sent('kill', 9)] }), 'killed', /a client sent it SIGKILL \(kill\)/],
      [end({ exitCode: 3, sent: [sent('kill', 2)] }), 'killed', /a client sent it SIGINT/],
      [end({ exitCode: 137, signal: 9, sent: [sent('remove', 9)] }), 'killed', /to be removed/],
      [end({ exitCode: 143, sent: [sent('restart', 15)] }), 'stopped', /to be started again/],
      [end({ exitCode: 0, sent: [sent('timeout', 15)] }), 'timeout', /may run for 5 minutes \(--timeout\)/],
      [end({ exitCode: 137, signal: 9, sent: [sent('health', 9)] }), 'health-check', /--health-on-failure kill/],
    ];
    for (const [record, cause, summary] of cases) {
      const answer = why([record], (changed) =>
        Object.assign(changed, { wharf: { Timeout: 300e9, HealthOnFailure: 'kill' } }),
      );
      assert.equal(answer.Cause, cause);
      assert.match(answer.Summary, summary);
    }
  });

  it('says why a stop needed force, and what helps', () => {
    const forced = (handling: NonNullable<SentSignal['handling']>, change?: Change) =>
      why([end({ exitCode: 137, signal: 9, sent: [sent('stop', 15, 20, { handling }), sent('stop', 9, 10)] })], change);
    const deaf = forced('default');
    assert.match(deaf.Summary, /and had to be killed\.$/);
    assert.ok(deaf.Facts.includes('It had not ended 10 seconds after SIGTERM, so SIGKILL followed (exit code 137).'));
    assert.match(deaf.Facts.join(), /has no handler for SIGTERM; for process 1/);
    assert.match(deaf.Advice.join(), /--init/);
    assert.match(forced('ignored').Facts.join(), /ignores SIGTERM/);
    const slow = forced('caught', ({ config }) => Object.assign(config, { StopTimeout: 3 }));
    assert.match(slow.Facts.join(), /caught SIGTERM, and was not done/);
    assert.match(slow.Advice.join(), /more time than 3 seconds/);
    const shared = forced('default', ({ hostConfig }) => Object.assign(hostConfig, { PidMode: 'host' }));
    assert.doesNotMatch(shared.Facts.join(), /process 1/);
  });

  it('does not take a signal for the cause that had another effect', () => {
    const reloaded = why([end({ exitCode: 2, sent: [sent('kill', 1, 60)] })]);
    assert.equal(reloaded.Cause, 'failed');
    const crashed = why([end({ exitCode: 139, signal: 11, sent: [sent('kill', 10)] })]);
    assert.equal(crashed.Cause, 'crashed');
    const starved = why([end({ exitCode: 137, signal: 9, oomKills: 1, sent: [sent('stop', 15)] })]);
    assert.equal(starved.Cause, 'out-of-memory');
  });

  it('tells the limit from the host when memory was missing, and the first process from others', () => {
    const limited = why([
      end({ exitCode: 137, signal: 9, oomKills: 2, memoryLimit: 67_108_864, memoryPeak: 67_108_864 }),
    ]);
    assert.match(
      limited.Summary,
      /^It was killed by the kernel, because it needed more memory than its limit of 64MiB\.$/,
    );
    assert.match(limited.Advice.join(), /wharf update --memory 128m --memory-swap 128m one/);
    assert.match(limited.Facts.join(), /counted 2 kills.*At most it used 64MiB/);
    const host = why([end({ exitCode: 137, signal: 9, oomKills: 1 })]);
    assert.match(host.Summary, /because the host ran out of memory/);
    const child = why([end({ exitCode: 1, oomKills: 1, memoryLimit: 67_108_864 })]);
    assert.match(child.Summary, /^1 process in it was killed by the kernel/);
    assert.match(child.Facts.join(), /first process then ended by itself, with exit code 1/);
  });

  it('tells a crash from a signal that came from elsewhere', () => {
    assert.match(why([end({ exitCode: 139, signal: 11 })]).Summary, /crashed with SIGSEGV/);
    const seccomp = why([end({ exitCode: 159, signal: 31 })]);
    assert.match(seccomp.Summary, /SIGSYS: .*seccomp/);
    assert.match(seccomp.Advice.join(), /--security-opt seccomp=/);
    const outside = why([end({ exitCode: 137, signal: 9 })]);
    assert.equal(outside.Cause, 'killed-from-outside');
    assert.match(outside.Facts.join(), /it came from the host/);
    const shared = why([end({ exitCode: 143, signal: 15 })], ({ hostConfig }) =>
      Object.assign(hostConfig, { PidMode: 'host' }),
    );
    assert.match(shared.Facts.join(), /shares the process IDs/);
  });

  it('knows the meaning of exit codes', () => {
    const codes: [number, RegExp][] = [
      [1, /an error of its own/],
      [125, /could not do so/],
      [126, /cannot be executed/],
      [127, /did not find a command/],
      [137, /below it was ended by SIGKILL/],
      [139, /SIGSEGV/],
      [143, /SIGTERM/],
      [255, /exit\(-1\)/],
    ];
    for (const [exitCode, summary] of codes) {
      const answer = why([end({ exitCode })]);
      assert.equal(answer.Cause, 'failed');
      assert.match(answer.Summary, summary);
    }
    assert.equal(why([end({ exitCode: 0 })]).Cause, 'completed');
  });

  it('knows a shell that had no input, and a program that ended at once', () => {
    const quick = { startedAt: at(11), at: at(10) };
    const shell = why([end({ exitCode: 0, ...quick })], (record) =>
      Object.assign(record, { path: '/bin/bash', args: [] }),
    );
    assert.match(shell.Advice.join(), /A shell without input/);
    assert.match(why([end({ exitCode: 0, ...quick })]).Advice.join(), /in the foreground/);
    assert.match(why([end(quick)]).Advice.join(), /It ended at once/);
  });

  it('knows what was lost with its monitor or with the machine, and what happened without the engine', () => {
    assert.equal(why([end({ kind: 'monitor-lost', exitCode: 137, signal: 9 })]).Cause, 'monitor-lost');
    const machine = why([end({ kind: 'machine-lost', exitCode: 255, engineAway: true })]);
    assert.equal(machine.Cause, 'machine-lost');
    assert.match(machine.Facts.join(), /while the engine did not run/);
  });

  it('tells of refused processes and of the health check that led to the end', () => {
    const forks = why([end({ pidsRefused: 3 })], ({ hostConfig }) => Object.assign(hostConfig, { PidsLimit: 20 }));
    assert.match(forks.Facts.join(), /refused it 3 new processes: its limit is 20/);
    const sick = why([end({ exitCode: 143, signal: 15, sent: [sent('health', 15)], unhealthy: 'no\n answer ' })]);
    assert.match(sick.Facts.join(), /last health check said: no answer/);
  });
});

describe('why a container could not start', () => {
  const failed = (exitCode: number, error: string, path = 'serve') =>
    why([end({ kind: 'start-failed', exitCode, error })], (record) => Object.assign(record, { path }));

  it('names the program and what helps', () => {
    const missing = failed(
      127,
      'OCI runtime create failed: unable to start container process: exec: "serve": executable file not found in $PATH: unknown',
    );
    assert.equal(missing.Cause, 'start-failed');
    assert.match(missing.Summary, /there is no program "serve" in the PATH/);
    assert.match(missing.Facts.join('\n'), /^The engine said: exec: "serve": executable file not found in \$PATH$/m);
    assert.match(
      failed(127, 'exec: "/x/y": no such file or directory', '/x/y').Summary,
      /no program "\/x\/y" at that path/,
    );
    assert.match(failed(126, 'exec: "/etc": is a directory').Advice.join(), /not a directory/);
    assert.match(failed(126, 'exec: "/f": permission denied').Advice.join(), /chmod \+x/);
    assert.match(failed(126, 'exec: "/f": exec format error').Summary, /not a program for this machine/);
    assert.match(
      failed(128, 'error during container init: mount /a: no such device: unknown').Summary,
      /mount \/a: no such device\.$/,
    );
  });
});

describe('the state as a whole', () => {
  it('knows what was never started, and ends of which no history was kept', () => {
    const created = why([], ({ state }) =>
      Object.assign(state, { status: 'created', finishedAt: '0001-01-01T00:00:00Z' }),
    );
    assert.equal(created.Cause, 'never-started');
    const old = why([], ({ state }) => Object.assign(state, { exitCode: 137, oomKilled: true }));
    assert.equal(old.Cause, 'out-of-memory');
    assert.match(old.Summary, /exit code 137/);
  });

  it('counts restarts, and says what the policy does', () => {
    const ends = [end({ exitCode: 2 }), end({ exitCode: 0 }), end({ exitCode: 2 })];
    const policy =
      (RestartPolicy: object, change: Change = () => {}): Change =>
      (record) => {
        Object.assign(record.hostConfig, { RestartPolicy });
        record.restartCount = 3;
        change(record);
      };
    const waiting = policy({ Name: 'always' }, (record) => {
      record.state.status = 'restarting';
      record.restartDelay = 400;
    });
    const loop = why(ends, waiting);
    assert.match(
      loop.Facts.join(),
      /\(always\) starts it again 400 milliseconds after each such end; 3 restarts so far\. Of its last 3 ends 2 were of this kind/,
    );
    assert.match(loop.Advice.join(), /wharf stop one/);
    assert.equal(loop.Ends.length, 3);
    const over = why(ends, policy({ Name: 'on-failure', MaximumRetryCount: 3 }));
    assert.match(over.Facts.join(), /gave up after 3 restarts \(on-failure:3\)/);
    const done = why([end({ exitCode: 0 })], policy({ Name: 'on-failure' }));
    assert.match(done.Facts.join(), /only after an error/);
    const stopped = policy({ Name: 'always' }, (record) => {
      record.stoppedByUser = true;
    });
    assert.match(why(ends, stopped).Facts.join(), /stopped on purpose/);
  });

  it('of what runs: health, limits, time left, the last end', () => {
    const plain = running(() => {});
    assert.deepEqual([plain.Cause, plain.Summary], ['running', 'It has been running for 90 seconds.']);
    assert.equal(running(({ state }) => Object.assign(state, { paused: true })).Cause, 'paused');
    const near = running(() => {}, { memory: 95, memoryLimit: 100, oomKills: 1, pidsRefused: 2 });
    assert.match(near.Facts.join(), /killed 1 process of it.*uses 95B of the 100B.*refused it 2 new processes/);
    const timed = running((record) => Object.assign(record, { wharf: { Timeout: 300e9 } }));
    assert.match(timed.Facts.join(), /stopped in 3 minutes \(--timeout 5 minutes\)/);
    const again = running((record) => Object.assign(record, { ends: [end({ exitCode: 9 })], restartCount: 1 }));
    assert.match(
      again.Facts.join(),
      /started it again 1 time\.,Its last end, 10 seconds ago: Its program ended by itself with exit code 9/,
    );
  });

  it('of what is unhealthy: the check, what it said, how to try it', () => {
    const checked = (status: string, exitCode: number, output: string, failingStreak = 4) =>
      running((record) => {
        const Healthcheck = { Test: ['CMD-SHELL', "curl -f 'http://x'"], Interval: 5e9, Timeout: 300e6, Retries: 3 };
        Object.assign(record.config, { Healthcheck });
        Object.assign(record.state, {
          health: { status, failingStreak, log: [{ start: '', end: '', exitCode, output }] },
        });
      });
    const sick = checked('unhealthy', 127, 'sh: curl: not found\n');
    assert.equal(sick.Cause, 'unhealthy');
    assert.match(sick.Summary, /4 health checks failed in a row \(3 are enough\)/);
    assert.match(
      sick.Facts.join(),
      /curl -f 'http:\/\/x' \(every 5 seconds, at most 300 milliseconds each\).*exit code 127.*sh: curl: not found/,
    );
    assert.match(sick.Advice.join(), /wharf exec one \/bin\/sh -c 'curl -f '\\''http:\/\/x'\\'''.*does not have/);
    assert.match(checked('unhealthy', -1, 'Health check exceeded timeout (300ms)').Advice.join(), /--health-timeout/);
    assert.equal(checked('healthy', 0, '', 0).Cause, 'running');
    assert.equal(checked('starting', 1, 'no').Cause, 'starting');
    const hostile = checked('unhealthy', 1, '\u001b]0;title\u0007\u001b[2Jfine\u009b31m\r\u0008').Facts.join();
    assert.match(hostile, /it said: .*fine/);
    assert.doesNotMatch(hostile, /\p{Cc}/u);
  });
});
