import { checkLabel } from '../../create/checks.ts';
import { toRecord } from '../../create/key-values.ts';
import { maxArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';

export const command = defineCommand({
  use: '[OPTIONS] [VOLUME]',
  short: 'Create a volume',
  flags: {
    driver: flag.string('driver', 'Specify volume driver name', { short: 'd', initial: 'local' }),
    label: flag.list('label', 'Set metadata for a volume', { check: checkLabel }),
    opt: flag.map('opt', 'Set driver specific options', { short: 'o' }),
  },
  args: maxArgs(1),
  async run(ctx, args, { driver, label, opt }) {
    const client = await ctx.client();
    const volume = await client.volumeCreate({
      Name: args[0] ?? '',
      Driver: driver,
      DriverOpts: Object.fromEntries(opt),
      Labels: toRecord(label),
    });
    ctx.stdout.write(`${volume.Name}\n`);
    return 0;
  },
});
