import type { ContainerRecord } from './record.ts';

/** What every event of a container says of it: labels, image, name. */
export function eventAttributes(record: ContainerRecord): Record<string, string> {
  return { ...record.config.Labels, image: record.config.Image ?? '', name: record.name };
}
