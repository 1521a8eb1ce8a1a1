import type { Client } from '@wharf/client';
import { messageOf } from '@wharf/kit';
import { exitError } from '../../errors.ts';
import { ansiDate, type ClientVersion, clientVersion } from '../../format/client-version.ts';
import { OBJECT_FORMAT_HELP } from '../../format/help.ts';
import type { ObjectFormat } from '../../format/object-format.ts';
import { alignTabs } from '../../format/tabwriter.ts';
import { type ServerVersion, VERSION_TABS, versionText } from '../../format/version-text.ts';
import { noArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';

/** Exit status of a template that cannot be parsed. */
const BAD_TEMPLATE = 64;

export const command = defineCommand({
  use: '[OPTIONS]',
  short: 'Show the Wharf version information',
  flags: { format: flag.string('format', OBJECT_FORMAT_HELP, { short: 'f' }) },
  args: noArgs,
  async run(ctx, _args, { format }) {
    const template = format === '' ? undefined : await parse(format);
    const client = await ctx.client();
    const asked = await ask(client);
    const ApiVersion = asked.apiVersion ?? client.newestVersion;
    const own = { ...clientVersion(ctx, client.newestVersion), ApiVersion };
    if (template === undefined) ctx.stdout.write(versionText(own, asked.server));
    else {
      const { text, problem } = formatted(template, own, asked.server);
      ctx.stdout.write(`${alignTabs(text, VERSION_TABS)}\n`);
      if (problem !== undefined && asked.problem === undefined) throw problem;
    }
    if (asked.problem !== undefined) throw asked.problem;
    return 0;
  },
});

interface Asked {
  readonly apiVersion?: string;
  readonly server?: ServerVersion;
  readonly problem?: unknown;
}

async function ask(client: Client): Promise<Asked> {
  let apiVersion: string | undefined;
  try {
    apiVersion = await client.apiVersion();
    const server = JSON.parse((await client.rawGet('/version')).toString('utf8')) as ServerVersion;
    return { apiVersion, server: withEngine(server) };
  } catch (problem) {
    // The client's own part is shown all the same; the command ends with this error.
    return { problem, ...(apiVersion === undefined ? {} : { apiVersion }) };
  }
}

/** Old engines list no components: then the engine is made one. Build dates become readable. */
function withEngine(server: ServerVersion): ServerVersion {
  const components = (server.Components ?? []).map((component) => {
    const built = component.Details?.['BuildTime'];
    if (component.Name !== 'Engine' || built === undefined) return component;
    return { ...component, Details: { ...component.Details, BuildTime: ansiDate(built) } };
  });
  if (components.some((component) => component.Name === 'Engine')) return { ...server, Components: components };
  const top = server as unknown as Readonly<Record<string, unknown>>;
  const names = ['ApiVersion', 'MinAPIVersion', 'GitCommit', 'GoVersion', 'Os', 'Arch'];
  const details = Object.fromEntries(names.map((name) => [name, String(top[name] ?? '')]));
  const built = {
    BuildTime: ansiDate(String(top['BuildTime'] ?? '')),
    Experimental: String(top['Experimental'] ?? false),
  };
  const engine = { Name: 'Engine', Version: server.Version, Details: { ...details, ...built } };
  return { ...server, Components: [...components, engine] };
}

async function parse(format: string): Promise<ObjectFormat> {
  const { ObjectFormat } = await import('../../format/object-format.ts');
  try {
    return new ObjectFormat(format, 'version');
  } catch (cause) {
    throw exitError(`template parsing error: ${messageOf(cause)}`, BAD_TEMPLATE, cause);
  }
}

/** What the template prints; with an error also what came before it. */
function formatted(
  template: ObjectFormat,
  own: ClientVersion,
  server: ServerVersion | undefined,
): { text: string; problem?: unknown } {
  const out: string[] = [];
  try {
    return { text: template.print(JSON.stringify({ Client: own, Server: server ?? null }), 'system.versionInfo', out) };
  } catch (problem) {
    // Reported by the caller, unless the engine could not be asked, which explains it.
    return { text: out.join(''), problem };
  }
}
