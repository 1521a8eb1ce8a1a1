import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyChanges } from './apply-changes.ts';

const BASE = { Env: ['PATH=/bin', 'A=1'], Cmd: ['sh'], WorkingDir: '/w' };

function changed(...changes: string[]) {
  return applyChanges(BASE, changes);
}

test('commands are lists, or lines for a shell; an entrypoint makes an older command void', () => {
  assert.deepEqual(changed('CMD ["a", "b"]').Cmd, ['a', 'b']);
  assert.deepEqual(changed('CMD a  b').Cmd, ['/bin/sh', '-c', 'a  b']);
  assert.deepEqual(changed('CMD').Cmd, ['/bin/sh', '-c']);
  assert.equal(changed('ENTRYPOINT ["x"]').Cmd, undefined);
  assert.deepEqual(changed('CMD ["c"]', 'ENTRYPOINT x').Cmd, ['c']);
  assert.throws(() => changed('CMD ["a", 1]'), /arrays must be comprised of strings only/);
});

test('environment and labels take quotes, backslashes and variables as a Dockerfile does', () => {
  const env = changed('ENV A=2 B="2 3" C=x\\ y D=\\$A E=${A:-no} F=${NO:-def} G=${A:+set} H=\'$A\'').Env;
  assert.deepEqual(env, ['PATH=/bin', 'A=2', 'B=2 3', 'C=x y', 'D=$A', 'E=1', 'F=def', 'G=set', 'H=$A']);
  assert.deepEqual(changed('ENV OLD the rest of the line').Env?.at(-1), 'OLD=the rest of the line');
  assert.deepEqual(changed('LABEL "c d"="e f" x=$PATH').Labels, { 'c d': 'e f', x: '/bin' });
  assert.throws(() => changed('LABEL "a b'), /unexpected end of statement while looking for matching double-quote/);
  assert.throws(() => changed('ENV a=1 b'), /Syntax error - can't find = in "b"/);
  assert.throws(() => changed('ENV =x'), /ENV names can not be blank/);
  assert.throws(() => changed('ENV A'), /ENV must have two arguments/);
});

test('ports are single ones or ranges, with a protocol', () => {
  const ports = changed('EXPOSE 80 81/udp 90-92').ExposedPorts;
  assert.deepEqual(Object.keys(ports ?? {}), ['80/tcp', '81/udp', '90/tcp', '91/tcp', '92/tcp']);
  assert.throws(() => changed('EXPOSE 70000'), /Invalid containerPort: 70000/);
  assert.throws(() => changed('EXPOSE 80/foo'), /Invalid proto: foo/);
});

test('health checks have flags, or are turned off', () => {
  const health = changed('HEALTHCHECK --interval=5s --start-period=1m --retries=3 CMD ["a"]').Healthcheck;
  assert.deepEqual(health, { Test: ['CMD', 'a'], Interval: 5e9, StartPeriod: 6e10, Retries: 3 });
  assert.deepEqual(changed('HEALTHCHECK NONE').Healthcheck, { Test: ['NONE'] });
  assert.throws(() => changed('HEALTHCHECK foo'), /Unknown type "FOO" in HEALTHCHECK \(try CMD\)/);
  assert.throws(() => changed('HEALTHCHECK CMD'), /Missing command after HEALTHCHECK CMD/);
  assert.throws(() => changed('HEALTHCHECK --foo=1 CMD x'), /unknown flag: --foo/);
});

test('paths, users, signals and triggers', () => {
  assert.equal(changed('WORKDIR a', 'WORKDIR ../b').WorkingDir, '/w/b');
  assert.equal(changed('USER u:g').User, 'u:g');
  assert.equal(changed('STOPSIGNAL 9').StopSignal, '9');
  assert.deepEqual(changed('VOLUME /a /b', 'VOLUME ["/c"]').Volumes, { '/a': {}, '/b': {}, '/c': {} });
  assert.deepEqual(changed('ONBUILD CMD ["x"]').OnBuild, ['CMD ["x"]']);
  assert.throws(() => changed('ONBUILD FROM x'), /FROM isn't allowed as an ONBUILD trigger/);
  assert.throws(() => changed('STOPSIGNAL nope'), /invalid signal: nope/);
});

test('comments, joined lines and empty changes', () => {
  assert.deepEqual(changed('# comment\nUSER \\\n  me').User, 'me');
  assert.equal(applyChanges(BASE, []), BASE);
  assert.throws(() => changed(''), /file with no instructions/);
  assert.throws(() => changed('shell ["x"]'), /SHELL is not a valid change command/);
});
