import type { Client } from '@wharf/client';
import { isCode, messageOf } from '@wharf/kit';
import type { SystemInfo } from '@wharf/spec';
import { exitError } from '../../errors.ts';
import { clientVersion } from '../../format/client-version.ts';
import { OBJECT_FORMAT_HELP } from '../../format/help.ts';
import { clientInfoLines, serverInfoText } from '../../format/info-text.ts';
import { noArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import type { CommandContext } from '../../framework/context.ts';
import { flag } from '../../framework/kinds.ts';

/** Exit status of a template that cannot be parsed. */
const BAD_TEMPLATE = 64;

/** The key of Docker Hub among the accounts of config.json. */
const HUB = 'https://index.docker.io/v1/';

export const command = defineCommand({
  use: '[OPTIONS]',
  short: 'Display system-wide information',
  aliases: ['system info', 'info'],
  flags: { format: flag.string('format', OBJECT_FORMAT_HELP, { short: 'f' }) },
  args: noArgs,
  async run(ctx, _args, { format }) {
    const client = await ctx.client();
    if (format === '') await printText(ctx, client);
    else await printFormat(ctx, client, format);
    return 0;
  },
});

interface Asked {
  /** JSON as the engine sent it. */
  readonly json?: string;
  /** The engine was not reached: the command ends with this. */
  readonly unreachable?: unknown;
  /** What the engine answered instead. */
  readonly refused?: string;
}

async function ask(client: Client): Promise<Asked> {
  try {
    return { json: (await client.rawGet('/info')).toString('utf8') };
  } catch (error) {
    // Everything else is shown all the same; the command ends with this error.
    return isCode(error, 'ENGINE_UNREACHABLE') ? { unreachable: error } : { refused: messageOf(error) };
  }
}

async function printText(ctx: CommandContext, client: Client): Promise<void> {
  const asked = await ask(client);
  const { debug } = ctx.globals;
  const lines = [...clientInfoLines(clientVersion(ctx, client.newestVersion), debug), 'Server:'];
  const problems = asked.refused === undefined ? [] : [asked.refused];
  let warnings: readonly string[] = [];
  if (asked.json !== undefined) {
    const info = JSON.parse(asked.json) as SystemInfo;
    const text = serverInfoText(info, debug, hubUser(ctx));
    lines.push(...text.lines);
    problems.push(...text.problems);
    warnings = info.Warnings ?? [];
  }
  ctx.stdout.write(`${lines.join('\n')}\n`);
  const told = [...warnings, ...problems.map((problem) => `ERROR: ${problem}`)];
  if (told.length > 0) ctx.stderr.write(`${told.join('\n')}\n`);
  const failures = problems.length === 0 ? [] : ['errors pretty printing info'];
  if (asked.unreachable !== undefined) failures.push(messageOf(asked.unreachable));
  if (failures.length > 0) throw exitError(failures.join('\n'), 1, asked.unreachable);
}

function hubUser(ctx: CommandContext): string {
  const auth = ctx.config().auths?.[HUB]?.auth ?? '';
  return Buffer.from(auth, 'base64').toString('utf8').split(':')[0] ?? '';
}

async function printFormat(ctx: CommandContext, client: Client, format: string): Promise<void> {
  const { ObjectFormat } = await import('../../format/object-format.ts');
  const own = { ...clientVersion(ctx, client.newestVersion), Debug: ctx.globals.debug, Plugins: [], Warnings: null };
  const clientJson = `"ClientInfo":${JSON.stringify(own)}`;
  const template = parse(() => new ObjectFormat(format));
  const asked = needsServer(format, clientJson, template) ? await ask(client) : {};
  if (asked.refused !== undefined) ctx.stderr.write(`${asked.refused}\n`);
  const server = (asked.json ?? '{}').trim().replace(/^\{/, '').replace(/\}$/, '');
  const errors = asked.refused === undefined ? [] : [`"ServerErrors":${JSON.stringify([asked.refused])}`];
  const json = `{${[server.trim(), ...errors, clientJson].filter((part) => part !== '').join(',')}}`;
  const out: string[] = [];
  const failures = asked.unreachable === undefined ? [] : [messageOf(asked.unreachable)];
  try {
    template.print(json, 'system.dockerInfo', out);
  } catch (error) {
    failures.push(messageOf(error));
  }
  ctx.stdout.write(`${out.join('')}\n`);
  if (failures.length > 0) throw exitError(failures.join('\n'), 1, asked.unreachable);
}

function parse<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw exitError(`template parsing error: ${messageOf(cause)}`, BAD_TEMPLATE, cause);
  }
}

/** A template that asks only for the client's facts is answered without the engine. */
function needsServer(
  format: string,
  clientJson: string,
  template: { print(json: string, type: string): string },
): boolean {
  if (format === 'json' || format === '{{json .}}' || !/\.[a-zA-Z]/.test(format)) return true;
  try {
    template.print(`{${clientJson}}`, 'system.sparseInfo');
    return false;
  } catch {
    return true; // It wants something that only the engine knows.
  }
}
