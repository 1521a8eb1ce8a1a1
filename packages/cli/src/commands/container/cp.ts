import { posix } from 'node:path';
import type { Client, ContainerPathStat } from '@wharf/client';
import { isKind } from '@wharf/kit';
import {
  type CopyInfo,
  checkOutputPath,
  destinationInfo,
  type Placing,
  placeCopy,
  sourceInfo,
} from '../../copy/copy-info.ts';
import { absolute, rebase, splitArgument, splitEntry } from '../../copy/go-paths.ts';
import { packLocal, unpackLocal } from '../../copy/local-tree.ts';
import { CopyProgress } from '../../copy/progress.ts';
import { exitError } from '../../errors.ts';
import { exactArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import type { CommandContext } from '../../framework/context.ts';
import { flag } from '../../framework/kinds.ts';

/** Bits of Go's file modes. */
const DIRECTORY = 2 ** 31;
const SYMLINK = 2 ** 27;
const DEVICE = 2 ** 26;

const hasBit = (mode: number, bit: number): boolean => Math.floor(mode / bit) % 2 === 1;

interface CopyJob {
  readonly container: string;
  readonly from: string;
  readonly to: string;
  readonly follow: boolean;
  readonly copyUIDGID: boolean;
  readonly quiet: boolean;
}

/** Where a link of a container leads to, from where it lies. */
function linkTarget(path: string, { linkTarget: target }: ContainerPathStat): string {
  return target.startsWith('/') ? target : posix.join(splitEntry(path).dir, target);
}

async function statIfThere(client: Client, container: string, path: string): Promise<ContainerPathStat | undefined> {
  try {
    return await client.containerPathStat(container, path);
  } catch (error) {
    // Whatever is wrong shows again when the copy itself is asked for.
    if (isKind(error, 'unavailable')) throw error;
    return undefined;
  }
}

/** Where the archive of a container's file goes; a followed link gives its entries the name that was asked for. */
function placeFrom(source: CopyInfo, to: string): Placing {
  const placing = placeCopy(source, destinationInfo(to));
  if (source.rebaseName === '') return placing;
  const from = splitEntry(source.path).base;
  return { ...placing, rename: { from, to: placing.rename?.to ?? source.rebaseName } };
}

async function fromContainer(ctx: CommandContext, job: CopyJob): Promise<void> {
  const { container, follow, quiet } = job;
  const client = await ctx.client();
  const to = job.to === '-' ? '-' : absolute(job.to, ctx.cwd);
  checkOutputPath(to);
  let from = job.from;
  let rebaseName = '';
  if (follow) {
    const stat = await statIfThere(client, container, from);
    if (stat && hasBit(stat.mode, SYMLINK)) ({ path: from, name: rebaseName } = rebase(from, linkTarget(from, stat)));
  }
  const { stat, chunks } = await client.containerGetArchive(container, from);
  if (to === '-') {
    for await (const chunk of chunks) ctx.stdout.write(chunk);
    return;
  }
  const source: CopyInfo = { path: from, exists: true, isDirectory: hasBit(stat.mode, DIRECTORY), rebaseName };
  const progress = new CopyProgress(ctx.stderr, 'Copying from container - ');
  if (!quiet) progress.start();
  try {
    await unpackLocal(progress.count(chunks), placeFrom(source, to));
  } finally {
    if (!quiet) progress.stop();
    if (!quiet) ctx.stderr.write(`Successfully copied ${progress.size} to ${to}\n`);
  }
}

/** The place in the container: a link stands for what it leads to. */
async function destinationIn(client: Client, { container, to }: CopyJob): Promise<CopyInfo> {
  let path = to;
  let stat = await statIfThere(client, container, path);
  if (stat && hasBit(stat.mode, SYMLINK)) {
    path = linkTarget(path, stat);
    stat = await statIfThere(client, container, path);
  }
  if (stat && hasBit(stat.mode, DEVICE)) {
    throw exitError(`destination "${container}:${to}" must be a directory or a regular file: got a device`, 1);
  }
  return { path, exists: stat !== undefined, isDirectory: stat ? hasBit(stat.mode, DIRECTORY) : false, rebaseName: '' };
}

async function toContainer(ctx: CommandContext, job: CopyJob): Promise<void> {
  const { container, copyUIDGID, quiet } = job;
  const client = await ctx.client();
  const destination = await destinationIn(client, job);
  const progress = new CopyProgress(ctx.stderr, 'Copying to container - ');
  let dir = destination.path;
  let chunks: AsyncIterable<Uint8Array>;
  if (job.from === '-') {
    if (!destination.isDirectory) throw exitError(`destination "${container}:${job.to}" must be a directory`, 1);
    chunks = ctx.stdin.stream();
  } else {
    const source = sourceInfo(absolute(job.from, ctx.cwd), job.follow);
    const placing = placeCopy(source, destination);
    dir = placing.dir;
    chunks = progress.count(packLocal(source, placing));
  }
  if (!quiet) progress.start();
  try {
    await client.containerPutArchive(container, dir, chunks, { noOverwriteDirNonDir: true, copyUIDGID });
  } finally {
    if (!quiet) progress.stop();
    if (!quiet) ctx.stderr.write(`Successfully copied ${progress.size} to ${container}:${destination.path}\n`);
  }
}

export const command = defineCommand({
  use: '[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-\n\twharf cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH',
  short: 'Copy files and directories between a container and this machine',
  long: [
    'Copy files and directories between a container and this machine',
    '',
    "With '-' as the source an archive (tar) is read from standard input and",
    "unpacked in a directory of the container. With '-' as the destination an",
    'archive of what is in the container is written to standard output.',
  ].join('\n'),
  aliases: ['container cp', 'cp'],
  flags: {
    archive: flag.bool('archive', 'Give everything to the user of the container', { short: 'a' }),
    followLink: flag.bool('follow-link', 'Copy what a link in SRC_PATH leads to', { short: 'L' }),
    quiet: flag.bool('quiet', 'Show no progress; there is none without a terminal', { short: 'q' }),
  },
  args: exactArgs(2),
  async run(ctx, [source = '', destination = ''], flags, changed) {
    if (source === '') throw exitError('source can not be empty', 1);
    if (destination === '') throw exitError('destination can not be empty', 1);
    const quiet = changed.has('quiet') ? flags.quiet : !ctx.stdout.isTerminal;
    const [from, to] = [splitArgument(source), splitArgument(destination)];
    const job = { from: from.path, to: to.path, follow: flags.followLink, copyUIDGID: flags.archive, quiet };
    if (from.container !== '' && to.container !== '') {
      throw exitError('copying between containers is not supported', 1);
    }
    if (from.container !== '') await fromContainer(ctx, { ...job, container: from.container });
    else if (to.container !== '') await toContainer(ctx, { ...job, container: to.container });
    else throw exitError('must specify at least one container source', 1);
    return 0;
  },
});
