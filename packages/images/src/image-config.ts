import { type ImageConfig, isDigest, parseJsonObject } from '@wharf/spec';
import { fail } from './errors.ts';

/** Fields of `config` by what they must be, when they are there and not null. */
const STRINGS = ['User', 'WorkingDir', 'StopSignal'];
const LISTS = ['Env', 'Entrypoint', 'Cmd', 'OnBuild', 'Shell'];
const MAPS = ['ExposedPorts', 'Volumes', 'Labels'];

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads an image's configuration (image-spec, config) and checks the type of everything that is used later, so that a
 * stranger's image cannot trip the engine. Throws IMAGE_INVALID, INVALID_IMAGE_DOCUMENT.
 */
export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  const value = parseJsonObject(bytes);
  const { rootfs, os, architecture, history, config, created } = value;
  const diffIds = isObject(rootfs) ? rootfs['diff_ids'] : undefined;
  if (!Array.isArray(diffIds) || !diffIds.every(isDigest)) throw invalid('rootfs');
  if (typeof os !== 'string' || typeof architecture !== 'string') throw invalid('os or architecture');
  if (!isAbsent(created) && typeof created !== 'string') throw invalid('created');
  if (!isAbsent(value['variant']) && typeof value['variant'] !== 'string') throw invalid('variant');
  if (!isAbsent(history)) checkHistory(history);
  if (!isAbsent(config)) checkRunConfig(config);
  return value as unknown as ImageConfig;
}

function checkHistory(history: unknown): void {
  if (!Array.isArray(history)) throw invalid('history');
  for (const entry of history) {
    if (!isObject(entry)) throw invalid('history');
    for (const key of ['created', 'created_by', 'comment']) {
      if (!isAbsent(entry[key]) && typeof entry[key] !== 'string') throw invalid(`history.${key}`);
    }
    if (!isAbsent(entry['empty_layer']) && typeof entry['empty_layer'] !== 'boolean') throw invalid('history');
  }
}

function checkRunConfig(config: unknown): void {
  if (!isObject(config)) throw invalid('config');
  for (const key of STRINGS) if (!isAbsent(config[key]) && typeof config[key] !== 'string') throw invalid(key);
  for (const key of LISTS) if (!isAbsent(config[key]) && !isStringList(config[key])) throw invalid(key);
  for (const key of MAPS) if (!isAbsent(config[key]) && !isObject(config[key])) throw invalid(key);
  const labels = config['Labels'];
  if (isObject(labels) && !Object.values(labels).every((label) => typeof label === 'string')) throw invalid('Labels');
  const health = config['Healthcheck'];
  if (isAbsent(health)) return;
  if (!isObject(health) || (!isAbsent(health['Test']) && !isStringList(health['Test']))) throw invalid('Healthcheck');
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStringList(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function invalid(field: string): Error {
  return fail('IMAGE_INVALID', `invalid image configuration: bad ${field}`);
}
