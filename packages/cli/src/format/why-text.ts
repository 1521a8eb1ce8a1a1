import { humanDuration, type WharfEnd, type WharfWhy } from '@wharf/spec';
import { alignTabs } from './tabwriter.ts';

/** The answer for people: one sentence first, then what it rests on, then what to do. `now` in milliseconds. */
export function whyText(why: WharfWhy, now: number): string {
  // Of what does not run the newest end is what all this is about.
  const isUp = why.Status === 'running' || why.Status === 'paused';
  const before = isUp ? why.Ends : why.Ends.slice(1);
  return [
    `${why.Name}: ${decapitalized(why.Summary)}`,
    ...why.Facts.map((fact) => `  ${fact}`),
    ...section(
      'What to do:',
      why.Advice.map((advice) => `  - ${advice}`),
    ),
    ...section(
      'Last output:',
      why.LastOutput.map((line) => `  | ${line}`),
    ),
    ...section(isUp ? 'Ends so far:' : 'Ends before that:', endRows(before, now)),
    '',
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length > 0 ? ['', title, ...lines] : [];
}

/** After a name and a colon a sentence goes on in small letters. */
function decapitalized(sentence: string): string {
  return /^Its? /.test(sentence) ? `i${sentence.slice(1)}` : sentence;
}

function endRows(ends: readonly WharfEnd[], now: number): string[] {
  const rows = ends.map(
    ({ FinishedAt, ExitCode, Cause }) =>
      `  ${humanDuration(now - Date.parse(FinishedAt))} ago\texit ${ExitCode}\t${Cause}`,
  );
  return alignTabs(rows.join('\n'), { minWidth: 0, padding: 3 }).split('\n').filter(Boolean);
}
