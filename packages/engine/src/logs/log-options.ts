import { messageOf } from '@wharf/kit';
import { fromHumanSize, type HostConfig, ramInBytes } from '@wharf/spec';
import type { EngineConfig } from '../config.ts';
import { refuse, unsupported } from '../containers/refuse.ts';
import { ATTRIBUTE_OPTIONS, type LogOptions } from './drivers/driver.ts';
import { shippingDriver } from './drivers/drivers.ts';
import { goBool, goInteger, tryBool } from './go-values.ts';
import { compile } from './log-subject.ts';
import { checkLogTag } from './log-tag.ts';

const JSON_FILE_OPTIONS = new Set([...ATTRIBUTE_OPTIONS, 'compress', 'max-file', 'max-size']);
const LOCAL_OPTIONS = new Set(['compress', 'max-file', 'max-size']);
/** Options of every driver. */
const COMMON_OPTIONS = new Set(['mode', 'max-buffer-size']);
const CACHE_OPTIONS = new Set(['cache-disabled', 'cache-max-size', 'cache-max-file', 'cache-compress']);
const MAX_FILES = 1000;

/** Checks the driver and the options of a container's log. Throws BAD_CONFIG, NOT_SUPPORTED in Docker's words. */
export function checkLogConfig(driver: string, options: LogOptions): void {
  if (driver === 'none') return;
  checkMode(options);
  checkCache(options);
  const own = Object.fromEntries(
    Object.entries(options).filter(([name]) => !COMMON_OPTIONS.has(name) && !CACHE_OPTIONS.has(name)),
  );
  if (driver === 'json-file') checkJsonFile(own);
  else if (driver === 'local') checkLocal(own);
  else checkShipping(driver, own);
  // Docker meets these only at the start; a container that could never start is not made here.
  for (const name of ['labels-regex', 'env-regex']) if (own[name]) compile(own[name]);
  if (own['tag']) checkLogTag(own['tag']);
}

function checkMode(options: LogOptions): void {
  const { mode = '', 'max-buffer-size': buffer } = options;
  if (!['', 'blocking', 'non-blocking'].includes(mode)) refuse(`logger: logging mode not supported: ${mode}`);
  if (buffer === undefined) return;
  if (mode !== 'non-blocking') {
    refuse("logger: max-buffer-size option is only supported with 'mode=non-blocking'");
  }
  sizeOf(buffer, ramInBytes, 'error parsing option max-buffer-size: ');
}

function checkCache(options: LogOptions): void {
  const { 'cache-disabled': disabled, 'cache-max-size': size, 'cache-max-file': files } = options;
  if (disabled !== undefined && tryBool(disabled) === undefined) {
    refuse(`invalid value for option cache-disabled: ${disabled}`);
  }
  if (size !== undefined) sizeOf(size, fromHumanSize, 'invalid value for option cache-max-size: ');
  if (files !== undefined) fileCount(goInteger(files, 'invalid value for option cache-max-file: '));
  if (options['cache-compress'] !== undefined)
    goBool(options['cache-compress'], 'invalid value for option cache-compress: ');
}

function checkKnown(options: LogOptions, known: ReadonlySet<string>, unknown: (name: string) => string): void {
  const stranger = Object.keys(options).find((name) => !known.has(name));
  if (stranger !== undefined) refuse(unknown(stranger));
}

function checkJsonFile(options: LogOptions): void {
  checkKnown(options, JSON_FILE_OPTIONS, (name) => `unknown log opt '${name}' for json-file log driver`);
  const { 'max-size': size, 'max-file': files, compress } = options;
  if (size !== undefined && sizeOf(size, fromHumanSize) <= 0) refuse('max-size must be a positive number');
  const count = files === undefined ? 1 : fileCount(goInteger(files));
  if (compress !== undefined && goBool(compress) && (count < 2 || size === undefined)) {
    refuse('compress cannot be true when max-file is less than 2 or max-size is not set');
  }
}

function checkLocal(options: LogOptions): void {
  checkKnown(options, LOCAL_OPTIONS, (name) => `unknown log opt '${name}' for log driver local`);
  const { 'max-size': size, 'max-file': files, compress } = options;
  if (size !== undefined) sizeOf(size, fromHumanSize, `invalid value for max-size: ${size}: `);
  const packed = compress === undefined || goBool(compress, 'error reading compress log option: ');
  if (files === undefined) return;
  const count = goInteger(files, `invalid value for max-file: ${files}: `);
  if (packed && count < 2) refuse('compression cannot be enabled when max file count is 1');
  fileCount(count);
}

function checkShipping(name: string, options: LogOptions): void {
  if (name === 'awslogs' || name === 'splunk') {
    unsupported(`log driver ${name} is not offered: it needs a service on the internet`);
  }
  const driver = shippingDriver(name);
  if (!driver) refuse(`error looking up logging plugin ${name}: plugin "${name}" not found`);
  checkKnown(options, driver.options, (option) => driver.unknown(option));
  driver.check(options);
}

function sizeOf(text: string, parse: (text: string) => number, prefix = ''): number {
  try {
    return parse(text);
  } catch (error) {
    return refuse(`${prefix}${messageOf(error)}`);
  }
}

function fileCount(count: number): number {
  if (count < 1) refuse('max-file cannot be less than 1');
  if (count > MAX_FILES) refuse(`max-file cannot be more than ${MAX_FILES}`);
  return count;
}

/** What a container's log configuration becomes when it is made: the engine's defaults filled in, as Docker does. */
export function completeLogConfig(
  given: HostConfig['LogConfig'],
  { logDriver, logOptions }: Pick<EngineConfig, 'logDriver' | 'logOptions'>,
): NonNullable<HostConfig['LogConfig']> {
  const Type = (given?.Type || logDriver) as NonNullable<HostConfig['LogConfig']>['Type'] & string;
  return { Type, Config: { ...(Type === logDriver ? logOptions : {}), ...given?.Config } };
}
