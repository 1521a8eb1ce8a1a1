import { isBefore } from '../http/versions.ts';

export const RAW = 'application/vnd.docker.raw-stream';
const MULTIPLEXED = 'application/vnd.docker.multiplexed-stream';

/** Clients tell framed from raw output by this type, from API 1.42 on. */
export function streamType(tty: boolean, apiVersion: string): string {
  return tty || isBefore(apiVersion, '1.42') ? RAW : MULTIPLEXED;
}
