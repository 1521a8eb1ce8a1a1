import type { ShippingDriver } from './driver.ts';
import { fluentd } from './fluentd.ts';
import { gelf } from './gelf.ts';
import { journald } from './journald.ts';
import { syslog } from './syslog.ts';

const SHIPPING = [fluentd, gelf, journald, syslog];

/** The driver of that name, if it is one that sends. */
export function shippingDriver(name: string): ShippingDriver | undefined {
  return SHIPPING.find((driver) => driver.name === name);
}

/** All log drivers, as `docker info` lists them. */
export const LOG_DRIVERS: readonly string[] = [...SHIPPING.map(({ name }) => name), 'json-file', 'local'].sort();
