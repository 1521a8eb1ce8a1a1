import { exitError } from '../../errors.ts';
import { hostAddress, type PublishedPorts, portLines } from '../../format/published-ports.ts';
import { atLeastAtMost } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';

export const command = defineCommand({
  use: 'CONTAINER [PRIVATE_PORT[/PROTO]]',
  short: 'List port mappings or a specific mapping for the container',
  aliases: ['container port', 'port'],
  flags: {},
  args: atLeastAtMost(1, 2),
  async run(ctx, args) {
    const [container = '', asked] = args;
    const client = await ctx.client();
    const { NetworkSettings } = await client.containerInspect(container);
    const ports = (NetworkSettings.Ports ?? {}) as PublishedPorts;
    if (asked === undefined) {
      ctx.stdout.write(portLines(ports));
      return 0;
    }
    const [port = '', protocol = 'tcp'] = asked.split('/');
    if (!/^\d+(-\d+)?$/.test(port)) throw exitError(`Error: invalid port (${port})`, 1);
    const bindings = ports[`${port}/${protocol}`] ?? [];
    if (bindings.length === 0) {
      throw exitError(`Error: No public port '${asked}' published for ${container}`, 1);
    }
    ctx.stdout.write(bindings.map((binding) => `${hostAddress(binding)}\n`).join(''));
    return 0;
  },
});
