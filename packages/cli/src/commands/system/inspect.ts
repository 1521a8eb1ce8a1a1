import { exitError } from '../../errors.ts';
import { OBJECT_FORMAT_HELP } from '../../format/help.ts';
import { minArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';
import { ObjectFinder } from '../../inspect/find-object.ts';
import { type ObjectType, printObjects } from '../../inspect/print-objects.ts';

const TYPES: readonly ObjectType[] = [
  'config',
  'container',
  'image',
  'network',
  'node',
  'plugin',
  'secret',
  'service',
  'task',
  'volume',
];

export const command = defineCommand({
  use: '[OPTIONS] NAME|ID [NAME|ID...]',
  short: 'Return low-level information on Wharf objects',
  flags: {
    format: flag.string('format', OBJECT_FORMAT_HELP, { short: 'f' }),
    type: flag.string('type', 'Only inspect objects of the given type'),
    size: flag.bool('size', 'Display total file sizes if the type is container', { short: 's' }),
  },
  args: minArgs(1),
  async run(ctx, args, { format, type, size }, changed) {
    const choices = `must be one of "${TYPES.join('", "')}"`;
    if (changed.has('type') && type === '') throw exitError(`type is empty: ${choices}`, 1);
    const known = TYPES.find((each) => each === type);
    if (type !== '' && known === undefined) throw exitError(`unknown type: ${JSON.stringify(type)}: ${choices}`, 1);
    const finder = new ObjectFinder(await ctx.client(), { type: known ?? '', size, stderr: ctx.stderr });
    await printObjects(ctx.stdout, args, format, (name) => finder.find(name));
    return 0;
  },
});
