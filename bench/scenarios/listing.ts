import { setTimeout as delay } from 'node:timers/promises';
import { timeOf } from '../api-user.ts';
import { timed } from '../measure.spawn.ts';
import type { Row } from '../report.ts';
import { rounds, type Subject } from '../scenario.ts';
import { inParallel } from './crowd.ts';

const STOPPED = 200;
const RUNNING = 20;

async function populate({ api }: Subject): Promise<void> {
  const count = STOPPED + RUNNING;
  const ids: string[] = [];
  for (let at = 0; at < count; at += 1) {
    ids.push(await api.create({ Cmd: at < RUNNING ? ['sleep', '1000'] : ['true'] }, `bench-${at}`));
  }
  await inParallel(ids.slice(0, RUNNING), (id) => api.call('POST', `/containers/${id}/start`));
  const ended = ids.slice(RUNNING);
  await inParallel(ended, async (id) => {
    await api.call('POST', `/containers/${id}/start`);
    await api.call('POST', `/containers/${id}/wait`);
  });
}

/** The engine is ended and started again; until the line that says that it listens. */
async function restarted(subject: Subject): Promise<number> {
  await subject.engine.terminate();
  return await timeOf(() => subject.engine.start());
}

/** An engine with many containers: what looking at them costs, and starting it anew. Leaves the engines empty. */
export async function listing(subjects: readonly Subject[], iterations: number): Promise<Row[]> {
  for (const subject of subjects) await populate(subject);
  await delay(500);
  const list = await rounds(
    subjects,
    iterations,
    { 'API: list 200 stopped and 20 running': '≥ 1.5 x' },
    async ({ api }) => ({
      'API: list 200 stopped and 20 running': await timeOf(() => api.call('GET', '/containers/json?all=1')),
    }),
  );
  const few = Math.max(1, Math.min(5, Math.floor(iterations / 5)));
  // The docker client never answers before half a second is over, so each engine gets its own.
  const name = 'wharf stats / docker stats --no-stream of 20';
  const stats = await rounds(subjects, few, { [name]: '≤ 100 ms' }, async (subject) => {
    const { wharf, docker } = subject.engine;
    return { [name]: timed((subject === subjects[0] ? wharf : docker).work(['stats', '--no-stream'])) };
  });
  for (const { api } of subjects) {
    const { text } = await api.call('GET', '/containers/json');
    await inParallel(JSON.parse(text) as { Id: string }[], ({ Id }) => api.call('DELETE', `/containers/${Id}?force=1`));
  }
  const goal = { 'engine restart with 200 stopped, to "API listen"': '≤ 400 ms' };
  const restart = await rounds(subjects, few, goal, async (subject) => ({
    'engine restart with 200 stopped, to "API listen"': await restarted(subject),
  }));
  for (const { engine } of subjects) await engine.removeContainers();
  return [...list, ...stats, ...restart];
}
