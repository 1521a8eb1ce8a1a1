import { refuse } from '../containers/refuse.ts';
import type { LogSubject } from './log-subject.ts';

const ID_LENGTH = 12;

function fields(subject: LogSubject): Readonly<Record<string, string>> {
  const image = subject.imageId.replace(/^sha256:/, '');
  return {
    ID: subject.id.slice(0, ID_LENGTH),
    FullID: subject.id,
    ContainerID: subject.id,
    Name: subject.name,
    ContainerName: `/${subject.name}`,
    ImageID: image.slice(0, ID_LENGTH),
    ImageFullID: subject.imageId,
    ContainerImageID: subject.imageId,
    ImageName: subject.imageName,
    ContainerImageName: subject.imageName,
    Command: subject.command,
    Hostname: subject.host,
    DaemonName: 'docker',
  };
}

/** What may stand behind the first field: Docker's functions for texts. */
const FUNCTIONS: Readonly<Record<string, (text: string) => string>> = {
  lower: (text) => text.toLowerCase(),
  upper: (text) => text.toUpperCase(),
  title: (text) => text.replace(/(?<![\p{L}\p{N}_'])\p{L}/gu, (letter) => letter.toUpperCase()),
  json: (text) => JSON.stringify(text),
  println: (text) => `${text}\n`,
  print: (text) => text,
};

/**
 * The tag of a log: text with `{{.Field}}`, also `{{.Field | lower}}` and `{{json .Field}}`. Throws BAD_CONFIG in the
 * words of Go's templates for what they refuse.
 */
export function logTag(template: string, subject: LogSubject): string {
  const known = fields(subject);
  let out = '';
  for (let at = 0; ; ) {
    const open = template.indexOf('{{', at);
    if (open < 0) return out + template.slice(at);
    out += template.slice(at, open);
    const close = template.indexOf('}}', open);
    if (close < 0) refuse('template: log-tag:1: unclosed action');
    out += action(template.slice(open + 2, close), known, open + 2);
    at = close + 2;
  }
}

function action(text: string, known: Readonly<Record<string, string>>, column: number): string {
  const match = /^\s*(?:(\w+)\s+)?\.(\w+)\s*((?:\|\s*\w+\s*)*)$/.exec(text);
  if (!match)
    refuse(`template: log-tag:1: this engine's log tags are fields and functions of one text, not {{${text}}}`);
  const [, first, field = '', pipe = ''] = match;
  const value = known[field];
  if (value === undefined) {
    refuse(
      `template: log-tag:1:${column}: executing "log-tag" at <.${field}>: can't evaluate field ${field} in type *logger.Info`,
    );
  }
  const names = [...(first ? [first] : []), ...pipe.split('|').map((name) => name.trim())].filter(Boolean);
  return names.reduce((result, name) => {
    const apply = FUNCTIONS[name] ?? refuse(`template: log-tag:1: function ${JSON.stringify(name)} not defined`);
    return apply(result);
  }, value);
}
