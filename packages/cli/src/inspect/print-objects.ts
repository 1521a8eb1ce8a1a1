import { isCode, messageOf } from '@wharf/kit';
import { compactJson, indentJson } from '@wharf/spec';
import { exitError } from '../errors.ts';
import type { Output } from '../framework/streams.ts';
import { plainTemplate, printPlain } from './plain-fields.ts';

/** What kinds of objects can be inspected. */
export type ObjectType =
  | 'config'
  | 'container'
  | 'image'
  | 'network'
  | 'node'
  | 'plugin'
  | 'secret'
  | 'service'
  | 'task'
  | 'volume';

/** One object: its JSON as the engine sent it. */
export interface FoundObject {
  readonly type: ObjectType;
  readonly json: string;
}

/** Exit status of a template that cannot be parsed. */
const BAD_TEMPLATE = 64;

/**
 * Prints objects by `--format`: nothing means indented JSON, `json` compact JSON, else a template. What is found is
 * printed even when something else is not; then the exit status is 1 and all failures are told, a line each. An engine
 * that cannot be reached ends it at once.
 */
export async function printObjects(
  out: Output,
  names: readonly string[],
  format: string,
  find: (name: string) => Promise<FoundObject>,
): Promise<void> {
  const template = format === '' || format === 'json' ? undefined : await parse(format);
  const parts: string[] = [];
  const failures: string[] = [];
  let unreachable: unknown;
  for (const name of names) {
    if (unreachable !== undefined) break;
    try {
      const object = await find(name);
      parts.push(template === undefined ? object.json : `${await template.print(object)}\n`);
    } catch (error) {
      if (isCode(error, 'ENGINE_UNREACHABLE')) unreachable = error;
      else failures.push(messageOf(error));
    }
  }
  if (template !== undefined) out.write(parts.join('') || '\n');
  else out.write(parts.length === 0 ? '[]\n' : `${layOut(`[${parts.join(',')}]`, format)}\n`);
  if (unreachable !== undefined) throw unreachable;
  if (failures.length > 0) throw exitError(failures.join('\n'), 1);
}

function layOut(json: string, format: string): string {
  return format === 'json' ? compactJson(json) : indentJson(json, '    ');
}

/** How one object is printed. */
interface Printer {
  print(object: FoundObject): string | Promise<string>;
}

async function parse(format: string): Promise<Printer> {
  const plain = plainTemplate(format);
  if (plain === undefined) return load(format);
  return { print: async (object) => printPlain(plain, object) ?? (await load(format)).print(object) };
}

/** The template engine, which is loaded only when something needs it. */
async function load(format: string): Promise<Printer> {
  const { ObjectTemplate } = await import('./object-template.ts');
  try {
    return new ObjectTemplate(format);
  } catch (cause) {
    throw exitError(`template parsing error: ${messageOf(cause)}`, BAD_TEMPLATE, cause);
  }
}
