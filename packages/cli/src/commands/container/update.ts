import type { HostConfig } from '@wharf/spec';
import { parseRestart } from '../../create/body.ts';
import { resourceFlags } from '../../create/flags-resources.ts';
import { exitError } from '../../errors.ts';
import { minArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';
import { containerId, forEachTarget } from '../for-each-target.ts';

const { blkioWeight, cpuPeriod, cpuQuota, cpuRtPeriod, cpuRtRuntime, cpuShares, cpus } = resourceFlags;
const { cpusetCpus, cpusetMems, memory, memoryReservation, memorySwap, pidsLimit } = resourceFlags;

export const command = defineCommand({
  use: '[OPTIONS] CONTAINER [CONTAINER...]',
  short: 'Update configuration of one or more containers',
  aliases: ['container update', 'update'],
  flags: {
    ...{ blkioWeight, cpuPeriod, cpuQuota, cpuRtPeriod, cpuRtRuntime, cpuShares, cpus },
    ...{ cpusetCpus, cpusetMems, memory, memoryReservation, memorySwap, pidsLimit },
    restart: flag.string('restart', 'Restart policy to apply when a container exits'),
  },
  args: minArgs(1),
  async run(ctx, args, flags, changed) {
    if (changed.size === 0) throw exitError('you must provide one or more flags when using this command', 1);
    const body = {
      BlkioWeight: flags.blkioWeight,
      CpuPeriod: flags.cpuPeriod,
      CpuQuota: flags.cpuQuota,
      CpuRealtimePeriod: flags.cpuRtPeriod,
      CpuRealtimeRuntime: flags.cpuRtRuntime,
      CpuShares: flags.cpuShares,
      CpusetCpus: flags.cpusetCpus,
      CpusetMems: flags.cpusetMems,
      Memory: flags.memory,
      MemoryReservation: flags.memoryReservation,
      MemorySwap: flags.memorySwap,
      NanoCpus: flags.cpus,
      ...(changed.has('pids-limit') ? { PidsLimit: flags.pidsLimit } : {}),
      ...(flags.restart === '' ? {} : { RestartPolicy: parseRestart(flags.restart) }),
    } as HostConfig;
    const client = await ctx.client();
    const warnings: string[] = [];
    const update = async (target: string) => client.containerUpdate(containerId(target), body);
    try {
      await forEachTarget(args, update, (target, { Warnings }) => {
        ctx.stdout.write(`${target}\n`);
        warnings.push(...(Warnings ?? []));
      });
    } finally {
      if (warnings.length > 0) ctx.stdout.write(`${warnings.join('\n')}\n`);
    }
    return 0;
  },
});
