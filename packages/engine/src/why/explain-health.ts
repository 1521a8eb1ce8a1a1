import type { ContainerRecord } from '../containers/record.ts';
import { healthPlan } from '../health/health-plan.ts';
import type { Verdict } from './verdict.ts';
import { counted, exitCodeMeaning, setting } from './words.ts';

const LONGEST_OUTPUT = 300;

/** What the health checks of a running container say; undefined when it has none or none was written down. */
export function explainHealth(record: ContainerRecord): Verdict | undefined {
  const plan = healthPlan(record.config);
  const { health } = record.state;
  if (!plan || !health) return undefined;
  const last = health.log.at(-1);
  const command = `Its check: ${plan.command.join(' ')} (every ${setting(plan.interval)}, at most ${setting(plan.timeout)} each).`;
  if (health.status === 'healthy') {
    const failing = health.failingStreak > 0 ? [`The last ${counted(health.failingStreak, 'check')} failed.`] : [];
    return { cause: 'running', summary: 'It runs, and its health checks succeed.', facts: failing, advice: [] };
  }
  const said = last ? [`The last check ${outcome(last.exitCode)}; it said: ${shortened(last.output)}`] : [];
  if (health.status === 'starting') {
    const period = plan.startPeriod > 0 ? `, failures count from ${setting(plan.startPeriod)} after the start on` : '';
    return {
      cause: 'starting',
      summary: `It runs; no health check has succeeded yet${period}.`,
      facts: [command, ...said],
      advice: [],
    };
  }
  return {
    cause: 'unhealthy',
    summary: `It runs, and is unhealthy: ${counted(health.failingStreak, 'health check')} failed in a row (${plan.retries} are enough).`,
    facts: [command, ...said],
    advice: advice(record.name, plan.command, last),
  };
}

function outcome(exitCode: number): string {
  if (exitCode === -1) return 'could not be run or took too long';
  const meaning = exitCodeMeaning(exitCode);
  return `ended with exit code ${exitCode}${meaning === undefined ? '' : ` (${meaning})`}`;
}

function shortened(output: string): string {
  const line = output.trim().replace(/\s+/g, ' ');
  if (line === '') return '(nothing)';
  return line.length > LONGEST_OUTPUT ? `${line.slice(0, LONGEST_OUTPUT)}…` : line;
}

function advice(
  name: string,
  command: readonly string[],
  last: { readonly exitCode: number; readonly output: string } | undefined,
): string[] {
  const quoted = command.map((word) => (/^[\w./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`));
  const byHand = `Run it by hand: wharf exec ${name} ${quoted.join(' ')}`;
  if (last?.output.startsWith('Health check exceeded timeout')) {
    return [byHand, 'If it only is slow, give it longer: --health-timeout.'];
  }
  const missing = last && (last.exitCode === 127 || /executable file not found|not found/.test(last.output));
  return missing
    ? [byHand, 'The check needs a program that the image does not have (curl often is one): choose another command.']
    : [byHand];
}
