import { timeOf } from '../api-user.ts';
import { timed } from '../measure.spawn.ts';
import type { Row } from '../report.ts';
import { rounds, type Subject, type Times } from '../scenario.ts';

const MEGABYTE = 1 << 20;
const GOALS = {
  'container writes 200 MB to its log': '≥ 3 x',
  'reading 200 MB of logs': '≥ 5 x',
  'attach of 1 GB': '≥ 2 x',
};
/** Lines of 100 bytes. */
const LINES = `yes ${'x'.repeat(99)} | head -c ${200 * MEGABYTE}`;

async function logged({ api }: Subject): Promise<Times> {
  // Nothing may be rotated away: both engines keep all of it.
  const id = await api.create({
    Cmd: ['sh', '-c', LINES],
    HostConfig: { LogConfig: { Type: 'json-file', Config: { 'max-size': '2g' } } },
  });
  const write = await timeOf(async () => {
    await api.call('POST', `/containers/${id}/start`);
    await api.call('POST', `/containers/${id}/wait`);
  });
  const { took } = await api.stream('GET', `/containers/${id}/logs?stdout=1&stderr=1`);
  await api.call('DELETE', `/containers/${id}`);
  return { 'container writes 200 MB to its log': write, 'reading 200 MB of logs': took };
}

/** With the docker client on both sides: it costs less than a reader in JavaScript. */
function attached({ engine }: Subject): Times {
  const count = `count=${(1024 * MEGABYTE) / 65_536}`;
  const command = ['run', '--rm', '--log-driver', 'none', 'busybox', 'dd', 'if=/dev/zero', 'bs=65536', count];
  return { 'attach of 1 GB': timed({ ...engine.docker.work(command), discard: true }) };
}

/** What a container writes: to its log, out of its log, and to whoever is attached. */
export function output(subjects: readonly Subject[], iterations: number): Promise<Row[]> {
  return rounds(subjects, iterations, GOALS, async (subject) => ({
    ...(await logged(subject)),
    ...attached(subject),
  }));
}
