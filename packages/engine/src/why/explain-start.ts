import type { EndRecord } from './end-record.ts';
import type { Subject, Verdict } from './verdict.ts';

/** The part of a runtime's error that a user can do something about. */
function reason(error: string): string {
  return error
    .replace(/^.*(?:error during container init|unable to start container process): /, '')
    .replace(/: unknown$/, '');
}

/** Why a start failed, by the exit code that stands for it and the words of whoever failed. */
export function explainStart({ exitCode, error = '' }: EndRecord, subject: Subject): Verdict {
  const program = subject.command[0] ?? '';
  const why = reason(error);
  const facts = [`The engine said: ${why}`, `Exit code ${exitCode} stands for that; nothing of the container ran.`];
  const make = (summary: string, ...advice: string[]): Verdict => ({ cause: 'start-failed', summary, facts, advice });
  if (/exec format error/.test(error)) {
    return make(
      `It could not start: "${program}" is not a program for this machine.`,
      'Take an image for this processor (--platform), or, if it is a script, begin it with a line such as #!/bin/sh.',
    );
  }
  if (exitCode === 127 && /executable file not found|no such file or directory/.test(error)) {
    const path = program.startsWith('/');
    return make(
      `It could not start: there is no program "${program}" ${path ? 'at that path' : 'in the PATH'} of the container.`,
      `Check the spelling of the command, and whether the image has it: wharf run --rm --entrypoint ls ${subject.image} -l ${path ? program : '/bin /usr/bin'}`,
      'A script or program that is there is not found either when the interpreter or loader that it names is missing.',
    );
  }
  if (exitCode === 126) {
    return make(
      `It could not start: "${program}" cannot be executed.`,
      /is a directory/.test(error)
        ? 'Name a program, not a directory.'
        : `Make it executable in the image (chmod +x), or run it by its interpreter; user and mount options (noexec) count too.`,
    );
  }
  return make(
    `It could not start: ${why}.`,
    `Change what the sentence names and create it again; wharf inspect ${subject.name} shows how it is configured.`,
  );
}
