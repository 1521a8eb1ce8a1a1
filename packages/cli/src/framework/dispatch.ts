import { isCode, isKind, messageOf, WharfError } from '@wharf/kit';
import { exitError, fail } from '../errors.ts';
import { COMMIT, VERSION } from '../version.ts';
import type { Command, CommandGroup, CommandTable } from './command.ts';
import type { CommandContext, GlobalOptions } from './context.ts';
import type { FlagTable } from './flag.ts';
import { globalFlags } from './globals.ts';
import { commandHelp } from './help.ts';
import { type Parsed, parseFlags } from './parse.ts';
import type { Output } from './streams.ts';
import { groupHelp, isGroup, rootHelp } from './tree.ts';

/** Exit status of a command line whose flags are wrong. */
const FLAGS_WRONG = 125;
/** Exit status of a program whose reader went away (128 + SIGPIPE). */
const READER_GONE = 141;

const LOG_LEVELS = ['debug', 'info', 'warn', 'warning', 'error', 'fatal', 'panic', 'trace'];

/** Docker's commands that this version does not have; one of these is no slip of the keyboard. */
const MISSING = 'build builder buildx compose import load login logout network push save search swarm'.split(' ');

function notYet(word: string): string {
  return MISSING.includes(word) ? ' (Docker has it, this version of Wharf does not)' : '';
}

/** What the dispatcher is given; `context` makes a command's world once its path and the global flags are known. */
export interface Program {
  readonly table: CommandTable;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Output;
  readonly stderr: Output;
  context(path: string, globals: GlobalOptions): CommandContext;
}

function parseOrExplain<F extends FlagTable>(
  flags: F,
  argv: readonly string[],
  interspersed: boolean,
  path: string,
  useLine: string,
): Parsed<F> {
  try {
    return parseFlags(flags, argv, { interspersed });
  } catch (cause) {
    if (!isKind(cause, 'invalid')) throw cause;
    const message = `${cause.message}\n\nUsage:  ${useLine}\n\nRun '${path} --help' for more information`;
    throw exitError(message, FLAGS_WRONG, cause);
  }
}

async function runCommand(
  program: Program,
  path: string,
  command: Command,
  argv: readonly string[],
  globals: GlobalOptions,
): Promise<number> {
  const useLine = `${path} ${command.use}`.trimEnd();
  const parsed = parseOrExplain(command.flags, argv, command.interspersed ?? true, path, useLine);
  for (const notice of parsed.notices) program.stderr.write(`${notice}\n`);
  if (parsed.help) {
    program.stdout.write(commandHelp(path, command, program.stdout.columns()));
    return 0;
  }
  const complaint = command.args(parsed.args, { path, useLine });
  if (complaint !== undefined) throw fail('COMMAND_USAGE', complaint);
  const context = program.context(path, globals);
  return (await command.run(context, parsed.args, parsed.values, parsed.changed)) ?? 0;
}

async function runGroup(
  program: Program,
  path: string,
  group: CommandGroup,
  argv: readonly string[],
  globals: GlobalOptions,
): Promise<number> {
  const parsed = parseOrExplain({}, argv, false, path, path);
  const [word, ...rest] = parsed.args;
  if (parsed.help || word === undefined) {
    (parsed.help ? program.stdout : program.stderr).write(await groupHelp(path, group));
    return 0;
  }
  const name = group.aliases?.[word] ?? word;
  const entry = Object.hasOwn(group.verbs, name) ? group.verbs[name] : undefined;
  if (!entry) {
    const tail = `Usage:  ${path}\n\nRun '${path} --help' for more information`;
    throw fail('COMMAND_USAGE', `wharf: unknown command: ${path} ${word}${notYet(word)}\n\n${tail}`);
  }
  if (isGroup(entry)) return runGroup(program, `${path} ${name}`, entry, rest, globals);
  const { command } = await entry.load();
  return runCommand(program, `${path} ${name}`, command, rest, globals);
}

async function dispatch(program: Program, argv: readonly string[]): Promise<number> {
  const flags = globalFlags(program.env);
  const parsed = parseOrExplain(flags, argv, false, 'wharf', 'wharf [OPTIONS] COMMAND [ARG...]');
  const { values } = parsed;
  const words = parsed.args[0] === 'help' ? [...parsed.args.slice(1), '--help'] : parsed.args;
  const [word] = words;
  if (!LOG_LEVELS.includes(values.logLevel)) throw exitError(`Unable to parse logging level: ${values.logLevel}`, 1);
  if (values.version) {
    program.stdout.write(`Wharf version ${VERSION}, build ${COMMIT}\n`);
    return 0;
  }
  if (parsed.help || word === undefined || word === '--help') {
    const out = word === undefined && !parsed.help ? program.stderr : program.stdout;
    out.write(await rootHelp(program.table, flags, out.columns()));
    return 0;
  }
  const entry = Object.hasOwn(program.table, word) ? program.table[word] : undefined;
  if (!entry) {
    if (parsed.args[0] === 'help') throw fail('COMMAND_USAGE', `unknown help topic: ${word}`);
    const tail = "Run 'wharf --help' for more information";
    throw fail('COMMAND_USAGE', `wharf: unknown command: wharf ${word}${notYet(word)}\n\n${tail}`);
  }
  if (isGroup(entry)) return runGroup(program, `wharf ${word}`, entry, words.slice(1), values);
  const { command } = await entry.load();
  return runCommand(program, `wharf ${word}`, command, words.slice(1), values);
}

/** What to do about an engine that does not answer. */
function hintFor(error: unknown): string {
  const cause = error instanceof WharfError && error.code === 'COMMAND_FAILED' ? error.cause : error;
  if (!isCode(cause, 'ENGINE_UNREACHABLE')) return '';
  const other = 'or name another with --host or DOCKER_HOST.';
  return cause.details['errno'] === 'EACCES' || cause.details['errno'] === 'EPERM'
    ? `\nIts socket is for root: use sudo, ${other}`
    : `\nStart one with 'wharf engine start' (as root), ${other}`;
}

function exitCodeOf(error: unknown): number {
  if (isCode(error, 'OUTPUT_CLOSED')) return READER_GONE;
  const code = error instanceof WharfError ? error.details['exitCode'] : undefined;
  return typeof code === 'number' ? code : 1;
}

/** Runs one command line (without the program's name); prints what went wrong; returns the exit status. */
export async function runProgram(program: Program, argv: readonly string[]): Promise<number> {
  try {
    return await dispatch(program, argv);
  } catch (error) {
    const message = isCode(error, 'OUTPUT_CLOSED') ? '' : `${messageOf(error)}${hintFor(error)}`;
    if (message !== '') {
      try {
        program.stderr.write(`${message}\n`);
      } catch (cause) {
        // Nobody reads our errors either: the status is all that is left to give.
        if (!isCode(cause, 'OUTPUT_CLOSED')) throw cause;
      }
    }
    return exitCodeOf(error);
  }
}
