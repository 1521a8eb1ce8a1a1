import type { HealthOnFailure } from '@wharf/spec';
import { fail } from '../errors.ts';
import { flag } from '../framework/kinds.ts';
import { parseDuration } from '../framework/numbers.ts';

const ACTIONS: readonly HealthOnFailure[] = ['none', 'kill', 'restart', 'stop'];

function parseAction(text: string): HealthOnFailure {
  const action = ACTIONS.find((name) => name === text);
  if (action === undefined) throw fail('FLAG_VALUE', `must be one of ${ACTIONS.join(', ')}`);
  return action;
}

/** A duration, or a whole number of seconds, in nanoseconds. */
function parseLifetime(text: string): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) * 1e9 : parseDuration(text);
  if (value < 0) throw fail('FLAG_VALUE', 'must not be negative');
  return value;
}

/** Flags of `run` and `create` that Docker does not have. */
export const wharfFlags = {
  healthOnFailure: flag.custom<HealthOnFailure>(
    'health-on-failure',
    'What to do when it becomes unhealthy (none, kill, restart, stop) [not in Docker]',
    'string',
    'none',
    parseAction,
    { shown: '"none"' },
  ),
  replace: flag.bool('replace', 'End and remove the container that has the name [not in Docker]'),
  timeout: flag.custom<number>(
    'timeout',
    'Stop it when it has run this long (ms|s|m|h, or seconds) [not in Docker]',
    'duration',
    0,
    parseLifetime,
    { shown: '0s' },
  ),
};
