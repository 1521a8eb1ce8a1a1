import { timeOf } from '../api-user.ts';
import type { Row } from '../report.ts';
import { rounds, type Subject, type Times } from '../scenario.ts';

const GOALS = {
  'API: create': '≥ 2 x',
  'API: start': '≥ 6 x',
  'API: exec to its end': '≥ 4 x',
  'API: 8 execs in parallel': '≥ 5 x',
  'API: stop': '≥ 6 x',
  'API: kill to its end': '≥ 6 x',
  'API: rm -f of a running one': '≥ 6 x',
};

const SLEEPER = { Cmd: ['sleep', '1000'] };
/** Ends at once when it is asked to. */
const POLITE = { Cmd: ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 1000 & wait; done'] };

async function execToEnd({ api }: Subject, id: string): Promise<void> {
  const { text } = await api.call('POST', `/containers/${id}/exec`, { Cmd: ['true'], AttachStdout: true });
  const exec = (JSON.parse(text) as { Id: string }).Id;
  await api.stream('POST', `/exec/${exec}/start`, { json: { Detach: false, Tty: false } });
}

async function round(subject: Subject): Promise<Times> {
  const { api } = subject;
  let id = '';
  const times: Record<string, number> = {};
  times['API: create'] = await timeOf(async () => {
    id = await api.create(SLEEPER);
  });
  times['API: start'] = await timeOf(() => api.call('POST', `/containers/${id}/start`));
  times['API: exec to its end'] = await timeOf(() => execToEnd(subject, id));
  times['API: 8 execs in parallel'] = await timeOf(() =>
    Promise.all(Array.from({ length: 8 }, () => execToEnd(subject, id))),
  );
  times['API: kill to its end'] = await timeOf(async () => {
    const ended = api.call('POST', `/containers/${id}/wait`);
    await api.call('POST', `/containers/${id}/kill`);
    await ended;
  });
  await api.call('DELETE', `/containers/${id}`);
  const polite = await api.create(POLITE);
  await api.call('POST', `/containers/${polite}/start`);
  // The trap must be set before the signal comes.
  await execToEnd(subject, polite);
  times['API: stop'] = await timeOf(() => api.call('POST', `/containers/${polite}/stop`));
  await api.call('DELETE', `/containers/${polite}`);
  const doomed = await api.create(SLEEPER);
  await api.call('POST', `/containers/${doomed}/start`);
  times['API: rm -f of a running one'] = await timeOf(() => api.call('DELETE', `/containers/${doomed}?force=1`));
  return times;
}

/** The verbs that programs call most, one after the other over one connection. */
export function verbs(subjects: readonly Subject[], iterations: number): Promise<Row[]> {
  return rounds(subjects, iterations, GOALS, round);
}
