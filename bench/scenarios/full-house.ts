import { timeOf } from '../api-user.ts';
import { outsideMemory } from '../memory.ts';
import { median } from '../numbers.ts';
import type { Row } from '../report.ts';
import type { Subject, Times } from '../scenario.ts';
import { inParallel } from './crowd.ts';

const FEW = 10;
const MANY = 500;
const ROUNDS = 15;
const SLEEPER = { Cmd: ['sleep', '10000'] };

async function start({ api }: Subject, count: number): Promise<void> {
  await inParallel(Array.from({ length: count }), async () => {
    const id = await api.create(SLEEPER);
    await api.call('POST', `/containers/${id}/start`);
  });
}

async function round({ api }: Subject): Promise<Times> {
  let id = '';
  const create = await timeOf(async () => {
    id = await api.create(SLEEPER);
  });
  const started = await timeOf(() => api.call('POST', `/containers/${id}/start`));
  const inspect = await timeOf(() => api.call('GET', `/containers/${id}/json`));
  const exec = await timeOf(async () => {
    const { text } = await api.call('POST', `/containers/${id}/exec`, { Cmd: ['true'], AttachStdout: true });
    await api.stream('POST', `/exec/${(JSON.parse(text) as { Id: string }).Id}/start`, { json: {} });
  });
  const stats = await timeOf(() => api.call('GET', `/containers/${id}/stats?stream=0&one-shot=1`));
  const pause = await timeOf(() => api.call('POST', `/containers/${id}/pause`));
  const unpause = await timeOf(() => api.call('POST', `/containers/${id}/unpause`));
  const remove = await timeOf(() => api.call('DELETE', `/containers/${id}?force=1`));
  return { create, start: started, inspect, exec, stats, pause, unpause, 'rm -f': remove };
}

async function sample(subject: Subject): Promise<Readonly<Record<string, number>>> {
  const rounds: Times[] = [];
  for (let at = 0; at <= ROUNDS; at += 1) rounds.push(await round(subject));
  const names = Object.keys(rounds[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, median(rounds.slice(1).map((times) => times[name] ?? 0))]));
}

/**
 * Our engine alone: what 500 running containers cost outside of themselves, and what each operation takes beside 500 of
 * them when it is compared with what it takes beside 10. Leaves the engine empty.
 */
export async function fullHouse(subject: Subject): Promise<Row[]> {
  await start(subject, FEW);
  const before = await outsideMemory(subject.engine);
  const few = await sample(subject);
  await start(subject, MANY - FEW);
  const many = await sample(subject);
  const grown = ((await outsideMemory(subject.engine)) - before) / (MANY - FEW) / 1024;
  await subject.engine.removeContainers();
  const rows = Object.entries(many).map(([name, value]): Row => {
    const ratio = value / (few[name] ?? value);
    return {
      what: `${name} beside ${MANY} running`,
      unit: 'ms',
      ours: [value],
      goal: `≤ 2 x: ${ratio.toFixed(2)} x that beside ${FEW}`,
    };
  });
  return [{ what: `each of ${MANY} running containers, PSS`, unit: 'MB', ours: [grown], goal: '≤ 0.5 MB' }, ...rows];
}
