import { fromHumanSize } from '@wharf/spec';
import { refuse, unsupported } from '../containers/refuse.ts';

const JSON_FILE_OPTIONS = new Set([
  'compress',
  'env',
  'env-regex',
  'labels',
  'labels-regex',
  'max-buffer-size',
  'max-file',
  'max-size',
  'mode',
  'tag',
]);
const MAX_FILES = 1000;

/** Checks the driver and the options of a container's log. Throws BAD_CONFIG, NOT_SUPPORTED. */
export function checkLogConfig(driver: string, options: Readonly<Record<string, string>>): void {
  if (driver === 'none') return;
  if (['local', 'syslog', 'journald', 'gelf', 'fluentd', 'awslogs', 'splunk', 'etwlogs'].includes(driver)) {
    unsupported(`log driver ${driver} is not available yet: use json-file or none`);
  }
  if (driver !== 'json-file') refuse(`error looking up logging plugin ${driver}: plugin "${driver}" not found`);
  for (const name of Object.keys(options)) {
    if (!JSON_FILE_OPTIONS.has(name)) refuse(`unknown log opt '${name}' for json-file log driver`);
  }
  const { mode, 'max-size': size, 'max-file': files } = options;
  if (mode !== undefined && !['', 'blocking', 'non-blocking'].includes(mode)) {
    refuse(`logger: logging mode not supported: ${mode}`);
  }
  if (size !== undefined && fromHumanSize(size) <= 0) refuse('max-size must be a positive number');
  if (files === undefined) return;
  if (!/^[+-]?\d+$/.test(files)) refuse(`strconv.Atoi: parsing ${JSON.stringify(files)}: invalid syntax`);
  if (Number(files) < 1) refuse('max-file cannot be less than 1');
  if (Number(files) > MAX_FILES) refuse(`max-file cannot be more than ${MAX_FILES}`);
}
