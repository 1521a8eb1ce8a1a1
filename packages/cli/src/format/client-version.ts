import { formatAnsiC, parseRfc3339 } from '@wharf/spec';
import type { CommandContext } from '../framework/context.ts';
import { BUILT, COMMIT, VERSION } from '../version.ts';

/** What is known of this program without asking an engine. The names are those of Docker's `version --format json`. */
export interface ClientVersion {
  readonly Version: string;
  readonly ApiVersion?: string;
  readonly DefaultAPIVersion: string;
  readonly GitCommit: string;
  readonly Runtime: string;
  readonly Os: string;
  readonly Arch: string;
  readonly BuildTime?: string;
  readonly Context: string;
}

/** Facts of this program. `newest` is the newest API version it speaks. */
export function clientVersion(ctx: CommandContext, newest: string): ClientVersion {
  return {
    Version: VERSION,
    DefaultAPIVersion: newest,
    GitCommit: COMMIT,
    Runtime: process.versions['bun'] === undefined ? `node ${process.versions.node}` : `bun ${process.versions['bun']}`,
    Os: process.platform,
    Arch: goArchitecture(process.arch),
    ...(BUILT === '' ? {} : { BuildTime: ansiDate(BUILT) }),
    Context: contextName(ctx),
  };
}

/** The machine's name as Go has it. */
function goArchitecture(arch: string): string {
  return arch === 'x64' ? 'amd64' : arch === 'ia32' ? '386' : arch;
}

/** A host given by flag or environment is the default context. */
function contextName(ctx: CommandContext): string {
  if (ctx.globals.context !== '') return ctx.globals.context;
  if (ctx.globals.hosts.length > 0 || ctx.env['DOCKER_HOST'] || ctx.env['WHARF_HOST']) return 'default';
  return ctx.env['DOCKER_CONTEXT'] || ctx.config().currentContext || 'default';
}

/** A build date in the form of `version`: `Fri May 30 12:07:14 2025`; other texts stay. */
export function ansiDate(text: string): string {
  const time = parseRfc3339(text);
  return time === undefined ? text : formatAnsiC(time);
}
