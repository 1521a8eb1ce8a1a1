import { join } from 'node:path';
import { fromHumanSize, ramInBytes } from '@wharf/spec';
import type { ContainerRecord } from '../containers/record.ts';
import type { LogOptions, LogPlaces, ShippingDriver } from './drivers/driver.ts';
import { shippingDriver } from './drivers/drivers.ts';
import { tryBool } from './go-values.ts';
import { detailsText, type LogSubject, logAttributes, logSubject } from './log-subject.ts';

/** Bounds of the log of a container that sets none. */
export interface LogDefaults {
  readonly logMaxSize: number;
  readonly logMaxFiles: number;
  readonly journalSocket: string;
}

/** What a container's log configuration comes to. */
export interface LogPlan {
  /** What the cell writes, in the json-file format, whatever the driver. */
  readonly path: string;
  readonly maxSize: number;
  readonly maxFiles: number;
  readonly compress: boolean;
  /** `,"attrs":{…}` or nothing: what the cell puts into every entry. */
  readonly attributes: string;
  /** What `logs --details` puts before every line. */
  readonly details: string;
  /** Whether `logs` may show it. */
  readonly readable: boolean;
  /** For drivers that send. */
  readonly shipping?: {
    readonly driver: ShippingDriver;
    readonly options: LogOptions;
    readonly subject: LogSubject;
    readonly places: LogPlaces;
    /** How much may wait to be sent, and what then happens. */
    readonly limits: { readonly bytes: number; readonly excess: 'hold' | 'drop' };
  };
}

const MEGABYTE = 1_000_000;
/** Docker's defaults of the local driver, and of the cache that makes the others readable. */
const LOCAL = { size: 20 * MEGABYTE, files: 5 } as const;
/** A spool is never smaller: a container must be held back before it is full. */
const SPOOL = { size: 4 * MEGABYTE, files: 5 } as const;
const DEFAULT_BUFFER = 1024 * 1024;
/** Attributes longer than this are not written to every line; `--details` shows them all the same. */
const MAX_ATTRIBUTES = 16 * 1024;

function bounds(
  options: LogOptions,
  names: { size: string; files: string },
  defaults: { size: number; files: number },
) {
  const size = options[names.size];
  const files = options[names.files];
  return {
    maxSize: (size === undefined ? 0 : fromHumanSize(size)) || defaults.size,
    maxFiles: (files === undefined ? 0 : Number(files)) || defaults.files,
  };
}

/** The plan for a container whose own directory is `directory`; undefined without a log. Throws BAD_CONFIG for a bad tag. */
export function logPlan(record: ContainerRecord, directory: string, defaults: LogDefaults): LogPlan | undefined {
  const { Type = 'json-file', Config = {} } = record.hostConfig.LogConfig ?? {};
  if (Type === 'none') return undefined;
  const attributes = logAttributes(record, Config);
  const details = detailsText(attributes);
  const isOn = (name: string, fallback: boolean) => tryBool(Config[name] ?? '') ?? fallback;
  const names = { size: 'max-size', files: 'max-file' };
  if (Type === 'json-file') {
    const own = Config['max-size'] !== undefined;
    const all = Config['tag'] ? { ...attributes, tag: logSubject(record, logPath(record, directory)).tag } : attributes;
    return {
      path: logPath(record, directory),
      ...bounds(Config, names, { size: defaults.logMaxSize, files: own ? 1 : defaults.logMaxFiles }),
      compress: isOn('compress', false),
      attributes: attributesText(all),
      details: detailsText(all),
      readable: true,
    };
  }
  if (Type === 'local') {
    const path = logPath(record, directory);
    return {
      path,
      ...bounds(Config, names, LOCAL),
      compress: isOn('compress', true),
      attributes: '',
      details,
      readable: true,
    };
  }
  return shippingPlan(record, { directory, details, places: { journal: defaults.journalSocket } }, Type, Config);
}

function shippingPlan(
  record: ContainerRecord,
  { directory, details, places }: { directory: string; details: string; places: LogPlaces },
  type: string,
  options: LogOptions,
): LogPlan | undefined {
  const driver = shippingDriver(type);
  if (!driver) return undefined;
  const cache = bounds(options, { size: 'cache-max-size', files: 'cache-max-file' }, LOCAL);
  const maxSize = Math.max(cache.maxSize, SPOOL.size);
  const maxFiles = Math.max(cache.maxFiles, SPOOL.files);
  const drop = options['mode'] === 'non-blocking';
  // Two files are left as room for what is printed between the limit and the holding back.
  const bytes = drop ? bufferBytes(options) : maxSize * (maxFiles - 3);
  const path = logPath(record, directory);
  return {
    path,
    maxSize,
    maxFiles,
    compress: false,
    attributes: '',
    details,
    readable: !(tryBool(options['cache-disabled'] ?? '') ?? false),
    shipping: {
      driver,
      options,
      subject: logSubject(record, path),
      places,
      limits: { bytes, excess: drop ? 'drop' : 'hold' },
    },
  };
}

/** Where the cell writes: Docker's own name for json-file, so that log shippers find it. */
export function logPath({ id, hostConfig }: Pick<ContainerRecord, 'id' | 'hostConfig'>, directory: string): string {
  const type = hostConfig.LogConfig?.Type || 'json-file';
  if (type === 'json-file') return join(directory, `${id}-json.log`);
  return join(directory, type === 'local' ? 'local.log' : 'container-cached.log');
}

function attributesText(attributes: Readonly<Record<string, string>>): string {
  if (Object.keys(attributes).length === 0) return '';
  const text = `,"attrs":${JSON.stringify(attributes)}`;
  return Buffer.byteLength(text) > MAX_ATTRIBUTES ? '' : text;
}

function bufferBytes(options: LogOptions): number {
  const size = options['max-buffer-size'];
  return (size === undefined ? 0 : ramInBytes(size)) || DEFAULT_BUFFER;
}
