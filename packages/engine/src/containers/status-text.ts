import { humanDuration } from '@wharf/spec';
import type { ContainerRecord } from './record.ts';

/** The STATUS column of `ps`: "Up 2 minutes", "Exited (0) 3 hours ago", "Created". `now` in milliseconds. */
export function statusText(record: ContainerRecord, now: number): string {
  const { status, startedAt, finishedAt, exitCode } = record.state;
  const since = (time: string) => humanDuration(Math.max(0, now - Date.parse(time)));
  if (status === 'running') return `Up ${since(startedAt)}${remark(record)}`;
  if (status === 'restarting') return `Restarting (${exitCode}) ${since(finishedAt)} ago`;
  if (status === 'removing') return 'Removal In Progress';
  if (status === 'dead') return 'Dead';
  if (finishedAt.startsWith('0001')) return 'Created';
  if (startedAt.startsWith('0001')) return 'Created';
  return `Exited (${exitCode}) ${since(finishedAt)} ago`;
}

function remark({ state: { paused, health } }: ContainerRecord): string {
  if (paused) return ' (Paused)';
  if (!health) return '';
  return health.status === 'starting' ? ' (health: starting)' : ` (${health.status})`;
}
