import { posix } from 'node:path';
import type { DeviceMapping, DeviceRequest, ThrottleDevice } from '@wharf/spec';
import { fail } from '../errors.ts';
import { splitCsv } from '../framework/kinds.ts';
import { parseBytes, parseUint } from '../framework/numbers.ts';
import { refuse } from './refuse.ts';

const bad = (message: string) => fail('FLAG_VALUE', message);
const isMode = (text: string): boolean => /^[rwm]+$/.test(text) && new Set(text).size === text.length;

/** `--device host[:container][:rwm]`. */
export function parseDevice(text: string): DeviceMapping {
  const parts = text.split(':');
  const [host = '', second, third] = parts;
  if (parts.length > 3 || host === '') throw refuse(`bad format for path: ${text}`);
  if (third !== undefined && !isMode(third)) throw refuse(`bad mode specified: ${third}`);
  const onlyMode = third === undefined && second !== undefined && isMode(second);
  const target = second === undefined || onlyMode ? host : second;
  if (!target.startsWith('/')) throw refuse(`${target} is not an absolute path`);
  const source = target === host ? posix.normalize(host) : host;
  return {
    PathOnHost: source,
    PathInContainer: target === host ? source : posix.normalize(target),
    CgroupPermissions: third ?? (onlyMode ? (second ?? '') : 'rwm'),
  };
}

const CDI_NAME = /^[a-z][a-z0-9_.-]*[a-z0-9]\/[a-z0-9]([a-z0-9_-]*[a-z0-9])?=[a-z0-9]([a-z0-9_.:-]*[a-z0-9])?$/i;

/** True for a CDI name (`vendor.com/class=name`), which `--device` takes too. */
export function isCdiName(text: string): boolean {
  return CDI_NAME.test(text);
}

/** `--blkio-weight-device path:weight`. */
export function parseWeightDevice(text: string): { Path: string; Weight: number } {
  const [path, value] = splitDevice(text);
  const weight = /^\d{1,4}$/.test(value) ? Number(value) : -1;
  if (weight < 0 || weight > 1000 || (weight > 0 && weight < 10)) throw bad(`invalid weight for device: ${text}`);
  return { Path: path, Weight: weight };
}

function splitDevice(text: string): [string, string] {
  const at = text.indexOf(':');
  if (at < 0) throw bad(`bad format: ${text}`);
  const path = text.slice(0, at);
  if (!path.startsWith('/dev/')) throw bad(`bad format for device path: ${text}`);
  return [path, text.slice(at + 1)];
}

/** `--device-read-bps path:rate`, the rate with a unit. */
export function parseByteRate(text: string): ThrottleDevice {
  const [path, value] = splitDevice(text);
  try {
    return { Path: path, Rate: parseBytes(value) };
  } catch (cause) {
    throw fail(
      'FLAG_VALUE',
      `invalid rate for device: ${text}. The correct format is <device-path>:<number>[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, or gb`,
      { cause },
    );
  }
}

/** `--device-read-iops path:rate`. */
export function parseOperationRate(text: string): ThrottleDevice {
  const [path, value] = splitDevice(text);
  try {
    return { Path: path, Rate: parseUint(value, 64) };
  } catch (cause) {
    throw fail(
      'FLAG_VALUE',
      `invalid rate for device: ${text}. The correct format is <device-path>:<number>. Number must be a positive integer`,
      { cause },
    );
  }
}

/** A device request as it goes over the wire: absent lists are null. */
export type WireDeviceRequest = {
  [K in keyof Required<DeviceRequest>]: Required<DeviceRequest>[K] | null;
};

function gpuCount(text: string): number {
  if (text === 'all') return -1;
  if (!/^[+-]?\d+$/.test(text)) {
    throw bad(`invalid count (${text}): value must be either "all" or an integer: invalid syntax`);
  }
  return Number(text);
}

/** `--gpus`: `all`, a count, or `device=…,driver=…,capabilities=…,options=…`. */
export function parseGpus(text: string): WireDeviceRequest {
  if (text === '') throw bad('EOF');
  const seen = new Map<string, string>();
  for (const field of splitCsv(text)) {
    const at = field.indexOf('=');
    const [key, value] = at < 0 ? ['count', field] : [field.slice(0, at), field.slice(at + 1)];
    if (seen.has(key)) throw bad(`gpu request key '${key}' can be specified only once`);
    if (!['driver', 'count', 'device', 'capabilities', 'options'].includes(key)) {
      throw bad(`unexpected key '${key}' in '${field}'`);
    }
    if (key === 'count') gpuCount(value);
    seen.set(key, value);
  }
  const [count, device] = [seen.get('count'), seen.get('device')];
  const options = seen.has('options') ? splitCsv(seen.get('options') ?? '') : [];
  return {
    Driver: seen.get('driver') ?? '',
    Count: count === undefined ? (device === undefined ? 1 : 0) : gpuCount(count),
    DeviceIDs: device === undefined ? null : device.split(','),
    Capabilities: [[...(seen.get('capabilities')?.split(',') ?? []), 'gpu']],
    Options: Object.fromEntries(
      options.map((option): [string, string] => {
        const at = option.indexOf('=');
        return at < 0 ? [option, ''] : [option.slice(0, at), option.slice(at + 1)];
      }),
    ),
  };
}
