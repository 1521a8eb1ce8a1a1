import { hostname } from 'node:os';
import type { ContainerRecord } from '../containers/record.ts';
import { refuse } from '../containers/refuse.ts';
import { logTag } from './log-tag.ts';

const DEFAULT_TAG = '{{.ID}}';

type Options = Readonly<Record<string, string>>;

/** What log drivers tell of the container whose log they send. */
export interface LogSubject {
  readonly id: string;
  readonly name: string;
  readonly imageId: string;
  readonly imageName: string;
  readonly command: string;
  readonly created: string;
  readonly host: string;
  /** What the template of the option `tag` makes of it; by default the short ID. */
  readonly tag: string;
  /** Labels and variables that the options `labels`, `labels-regex`, `env`, `env-regex` name. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Throws BAD_CONFIG for a tag that cannot be made. */
export function logSubject(record: ContainerRecord, logPath: string): LogSubject {
  const options = record.hostConfig.LogConfig?.Config ?? {};
  const [host, attributes] = [hostname(), logAttributes(record, options)];
  return {
    id: record.id,
    name: record.name,
    imageId: record.imageId,
    imageName: record.config.Image ?? '',
    command: [record.path, ...record.args].join(' '),
    created: record.created,
    host,
    tag: logTag(options['tag'] || DEFAULT_TAG, { record, host, logPath, attributes }),
    attributes,
  };
}

/** Throws BAD_CONFIG for an expression that cannot be used, in Go's words where they are the same. */
export function logAttributes(
  { config }: Pick<ContainerRecord, 'config'>,
  options: Options,
): Readonly<Record<string, string>> {
  const labels = Object.entries(config.Labels ?? {});
  const variables = (config.Env ?? []).flatMap((entry): [string, string][] => {
    const at = entry.indexOf('=');
    return at > 0 ? [[entry.slice(0, at), entry.slice(at + 1)]] : [];
  });
  return Object.fromEntries([
    ...chosen(labels, options['labels'], options['labels-regex']),
    ...chosen(variables, options['env'], options['env-regex']),
  ]);
}

function chosen(
  all: readonly [string, string][],
  names: string | undefined,
  expression: string | undefined,
): (readonly [string, string])[] {
  const wanted = new Set((names ?? '').split(',').filter(Boolean));
  const pattern = expression ? compile(expression) : undefined;
  return all.filter(([name]) => wanted.has(name) || pattern?.test(name));
}

/** Go's expressions are nearly those of JavaScript. */
export function compile(expression: string): RegExp {
  try {
    return new RegExp(expression, 'u');
  } catch {
    const why =
      expression.split('(').length > expression.split(')').length ? 'missing closing )' : 'invalid expression';
    return refuse(`error parsing regexp: ${why}: \`${expression}\``);
  }
}

/** `logs --details` puts them before every line: sorted, as the values of a query. */
export function detailsText(attributes: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(attributes).map(([name, value]) => `${escaped(name)}=${escaped(value)}`);
  return `${pairs.sort().join(',')} `;
}

function escaped(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}
