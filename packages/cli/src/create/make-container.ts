import { closeSync, existsSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import type { Client, ContainerCreateBody } from '@wharf/client';
import { isKind } from '@wharf/kit';
import { type ExplainStep, familiarString, parseReference, type Reference, withDefaultTag } from '@wharf/spec';
import { exitError } from '../errors.ts';
import type { Explanation } from '../explain/explanation.ts';
import type { CommandContext } from '../framework/context.ts';
import { pullImage } from '../pull/pull-image.ts';
import { createBody } from './body.ts';
import type { CreateEnvironment } from './environment.ts';
import type { CreateValues } from './flags.ts';
import { normalizePlatform } from './platform.ts';
import { proxyVariables } from './proxies.ts';
import { openProblem, refuse } from './refuse.ts';

/** Exit status of `run` and `create` for a command line that makes no container. */
const REFUSED = 125;

/** The failure of a command in Docker's frame: "wharf: <reason>", then where help is. */
export function withHelp(ctx: CommandContext, message: string, exitCode: number, cause?: unknown) {
  const verb = ctx.path.split(' ').at(-1) ?? '';
  return exitError(`wharf: ${message}\n\nRun 'wharf ${verb} --help' for more information`, exitCode, cause);
}

const WINDOWS_ONLY = ['cpu-count', 'cpu-percent', 'io-maxbandwidth', 'io-maxiops'];

/**
 * Works out the request from flags and arguments before anything is sent. Throws with exit status 125 (1 for the flags
 * that only Windows engines have).
 */
export function planContainer(
  ctx: CommandContext,
  args: readonly string[],
  flags: CreateValues,
  changed: ReadonlySet<string>,
): ContainerCreateBody {
  const foreign = WINDOWS_ONLY.filter((name) => changed.has(name));
  if (foreign.length > 0) {
    const tail = 'is only supported on a Docker daemon running on windows, but the Docker daemon is running on linux';
    throw exitError(foreign.map((name) => `"--${name}" ${tail}`).join('\n'), 1);
  }
  const environment: CreateEnvironment = {
    cwd: ctx.cwd,
    env: ctx.env,
    host: ctx.host(),
    proxies: proxyVariables(ctx.config(), ctx.host()),
    consoleSize: ctx.stdout.isTerminal ? [ctx.stdout.rows(), ctx.stdout.columns()] : [0, 0],
    caller: `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`,
    readText: (path) => readFileSync(path),
  };
  try {
    if (!['always', 'missing', 'never', ''].includes(flags.pull)) {
      throw refuse(`invalid pull option: '${flags.pull}': must be one of "always", "missing" or "never"`);
    }
    const [image = '', ...command] = args;
    return createBody(flags, changed, image, command, environment);
  } catch (error) {
    if (!isKind(error, 'invalid')) throw error;
    throw withHelp(ctx, error.message, REFUSED, error);
  }
}

/** Opens the file of `--cidfile`; it must not exist yet. */
function openIdFile(path: string): { write(id: string): void; drop(): void } {
  if (path === '') return { write() {}, drop() {} };
  if (existsSync(path)) {
    throw refuse(`container ID file found, make sure the other container isn't running or delete ${path}`);
  }
  let fd: number;
  try {
    fd = openSync(path, 'wx', 0o666);
  } catch (cause) {
    throw refuse(`failed to create the container ID file: ${openProblem(path, cause)}`);
  }
  return {
    write(id) {
      writeSync(fd, id);
      closeSync(fd);
    },
    drop() {
      closeSync(fd);
      unlinkSync(path);
    },
  };
}

function warnings(flags: CreateValues): string[] {
  const local = flags.dns.find((address) => /^127\.|^::1$/.test(address));
  return local === undefined ? [] : [`WARNING: Localhost DNS (${local}) may fail in containers.`];
}

async function createOrPull(
  ctx: CommandContext,
  client: Client,
  body: ContainerCreateBody,
  flags: CreateValues,
  reference: Reference | undefined,
  told: Explanation | undefined,
): Promise<{ Id: string; Warnings: string[] | null }> {
  const wanted = flags.platform || ctx.env['DOCKER_DEFAULT_PLATFORM'] || '';
  const platform = wanted === '' ? '' : normalizePlatform(wanted);
  const { name, replace } = flags;
  if (replace && name === '') throw refuse('cannot replace a container without --name');
  const create = async () => {
    if (!told) return client.containerCreate(body, { name, platform, replace });
    const explain: ExplainStep[] = [];
    const made = await client.containerCreate(body, { name, platform, replace, explain });
    told.answered('wharf asked the engine to create the container', explain);
    return made;
  };
  const pull = async (named: Reference): Promise<void> => {
    const story = told?.pulling();
    await pullImage(ctx, client, named, {
      platform,
      ...(flags.quiet ? {} : { out: ctx.stderr }),
      ...(story && { onMessage: (message) => story.hear(message) }),
    });
    told?.lap(
      'pull',
      `The engine fetched ${familiarString(named)}: from its own Hub if that has it, else from ${named.registry}. Its layers came in parallel, and each was checked and unpacked while it came.`,
    );
    for (const sentence of story?.sentences() ?? []) told?.note('layer', sentence);
  };
  if (flags.pull === 'always' && reference) await pull(reference);
  try {
    return await create();
  } catch (error) {
    const missing = isKind(error, 'not_found') && reference && (flags.pull === 'missing' || flags.pull === '');
    if (!missing) throw error;
    told?.answered('wharf asked the engine to create the container, and it has no such image', []);
    if (!flags.quiet) ctx.stderr.write(`Unable to find image '${familiarString(reference)}' locally\n`);
    await pull(reference);
    return create();
  }
}

/** An image named by its digest alone (64 hexadecimal digits) is no reference; the engine looks it up as it is. */
function referenceOf(image: string): Reference | undefined {
  return /^([a-f0-9]{64}|sha256:[a-f0-9]{64})$/.test(image) ? undefined : withDefaultTag(parseReference(image));
}

/** Creates the container, pulling its image first if need be; shows warnings, writes the ID file. Returns its ID. */
export async function makeContainer(
  ctx: CommandContext,
  client: Client,
  body: ContainerCreateBody,
  flags: CreateValues,
  told?: Explanation,
): Promise<string> {
  for (const warning of warnings(flags)) ctx.stderr.write(`${warning}\n`);
  const idFile = openIdFile(flags.cidfile);
  try {
    const reference = referenceOf(body.Image ?? '');
    const created = await createOrPull(ctx, client, body, flags, reference, told);
    for (const warning of created.Warnings ?? []) ctx.stderr.write(`WARNING: ${warning}\n`);
    idFile.write(created.Id);
    return created.Id;
  } catch (error) {
    idFile.drop();
    throw error;
  }
}
