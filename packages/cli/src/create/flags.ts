import type { FlagValues } from '../framework/flag.ts';
import { outsideFlags } from './flags-outside.ts';
import { processFlags } from './flags-process.ts';
import { resourceFlags } from './flags-resources.ts';
import { wharfFlags } from './flags-wharf.ts';

/** All flags that `run` and `create` share. */
export const createFlags = { ...processFlags, ...resourceFlags, ...outsideFlags, ...wharfFlags };

export type CreateValues = FlagValues<typeof createFlags>;
