import type { TestEngine } from '@wharf/testkit';
import { ApiUser } from './api-user.ts';
import type { Row } from './report.ts';

/** An engine under measurement. */
export interface Subject {
  readonly engine: TestEngine;
  readonly api: ApiUser;
}

/** Measured times (milliseconds) by the name of what was measured. */
export type Times = Readonly<Record<string, number>>;

/** What is measured and what the project asks of itself, in words: in the order of the report. */
export type Goals = Readonly<Record<string, string>>;

export function subjectOf(engine: TestEngine): Subject {
  return { engine, api: new ApiUser(engine.places.socket) };
}

/**
 * Runs one round of work on each engine, taking turns and changing who is first, so that what else the machine does hits
 * all alike. The first round warms up and is thrown away when there are several.
 */
export async function rounds(
  subjects: readonly Subject[],
  count: number,
  goals: Goals,
  round: (subject: Subject) => Promise<Times>,
): Promise<Row[]> {
  const samples = subjects.map(() => new Map<string, number[]>());
  for (let turn = count > 1 ? -1 : 0; turn < count; turn += 1) {
    for (const at of subjects.keys()) {
      const index = (at + Math.max(turn, 0)) % subjects.length;
      const subject = subjects[index];
      if (subject === undefined) continue;
      const times = await round(subject);
      if (turn < 0) continue;
      for (const [what, time] of Object.entries(times)) {
        const known = samples[index]?.get(what) ?? [];
        samples[index]?.set(what, [...known, time]);
      }
    }
  }
  return Object.entries(goals).map(([what, goal]) => {
    const theirs = samples[1]?.get(what);
    return {
      what,
      unit: 'ms' as const,
      ours: samples[0]?.get(what) ?? [],
      goal,
      ...(theirs === undefined ? {} : { theirs }),
    };
  });
}
