import { timeOf } from '../api-user.ts';
import { timed } from '../measure.spawn.ts';
import type { Row } from '../report.ts';
import { rounds, type Subject, type Times } from '../scenario.ts';

const COUNT = 50;
const AT_ONCE = 16;
const GOALS = { '50 containers started, 16 at once': '≥ 6 x', 'docker rm -f of 50 running': '≥ 6 x' };

/** Runs `work` on all items, `AT_ONCE` at a time. */
export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function round({ api, engine }: Subject): Promise<Times> {
  const ids: string[] = [];
  for (let at = 0; at < COUNT; at += 1) ids.push(await api.create({ Cmd: ['sleep', '1000'] }));
  const started = await timeOf(() => inParallel(ids, (id) => api.call('POST', `/containers/${id}/start`)));
  const removed = timed(engine.docker.work(['rm', '-f', ...ids]));
  return { '50 containers started, 16 at once': started, 'docker rm -f of 50 running': removed };
}

/** Many containers at once. */
export function crowd(subjects: readonly Subject[], iterations: number): Promise<Row[]> {
  return rounds(subjects, iterations, GOALS, round);
}
