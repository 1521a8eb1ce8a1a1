import type { ClientVersion } from './client-version.ts';
import { alignTabs } from './tabwriter.ts';

/** What `GET /version` answers, as far as `version` prints it. */
export interface ServerVersion {
  readonly Platform?: { readonly Name?: string };
  readonly Components?: readonly ServerComponent[] | null;
  readonly Version: string;
}

export interface ServerComponent {
  readonly Name: string;
  readonly Version: string;
  readonly Details?: Readonly<Record<string, string>> | null;
}

/** The layout of `version`: names to column 20. */
export const VERSION_TABS = { minWidth: 20, padding: 1 } as const;

/** `version` without `--format`. */
export function versionText(client: ClientVersion, server: ServerVersion | undefined): string {
  const lines = clientLines(client);
  if (server !== undefined) lines.push('', ...serverLines(server));
  return `${alignTabs(lines.join('\n'), VERSION_TABS)}\n`;
}

function clientLines(client: ClientVersion): string[] {
  const api = client.ApiVersion ?? client.DefaultAPIVersion;
  const downgraded = api === client.DefaultAPIVersion ? '' : ` (downgraded from ${client.DefaultAPIVersion})`;
  return [
    'Client:',
    ` Version:\t${client.Version}`,
    ` API version:\t${api}${downgraded}`,
    ` Runtime:\t${client.Runtime}`,
    ` Git commit:\t${client.GitCommit}`,
    ...(client.BuildTime === undefined ? [] : [` Built:\t${client.BuildTime}`]),
    ` OS/Arch:\t${client.Os}/${client.Arch}`,
    ` Context:\t${client.Context}`,
  ];
}

function serverLines(server: ServerVersion): string[] {
  const name = server.Platform?.Name ?? '';
  const lines = [`Server:${name === '' ? '' : ` ${name}`}`];
  for (const component of server.Components ?? []) {
    lines.push(` ${component.Name}:`);
    lines.push(...(component.Name === 'Engine' ? engineLines(server, component) : componentLines(component)));
  }
  return lines;
}

function engineLines(server: ServerVersion, component: ServerComponent): string[] {
  const detail = (name: string): string => component.Details?.[name] ?? '';
  const runtime = detail('Runtime');
  return [
    `  Version:\t${server.Version}`,
    `  API version:\t${detail('ApiVersion')} (minimum version ${detail('MinAPIVersion')})`,
    // An engine that is not written in Go says what it runs on instead.
    runtime === '' || detail('GoVersion') !== '' ? `  Go version:\t${detail('GoVersion')}` : `  Runtime:\t${runtime}`,
    `  Git commit:\t${detail('GitCommit')}`,
    `  Built:\t${detail('BuildTime')}`,
    `  OS/Arch:\t${detail('Os')}/${detail('Arch')}`,
    `  Experimental:\t${detail('Experimental')}`,
  ];
}

function componentLines(component: ServerComponent): string[] {
  const details = Object.entries(component.Details ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return [`  Version:\t${component.Version}`, ...details.map(([name, value]) => `  ${name}:\t${value}`)];
}
