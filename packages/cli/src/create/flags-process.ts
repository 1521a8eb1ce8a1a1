import { flag } from '../framework/kinds.ts';
import { checkAttach, checkEnv, checkLabel, parseUlimit, type Ulimit } from './checks.ts';

/** Flags about what the container is called and what it runs. */
export const processFlags = {
  annotation: flag.map('annotation', 'Add an annotation for the runtime'),
  attach: flag.list('attach', 'Attach to STDIN, STDOUT or STDERR', { short: 'a', check: checkAttach }),
  cidfile: flag.string('cidfile', 'Write the container ID to this file'),
  disableContentTrust: flag.bool('disable-content-trust', 'Skip image verification', { initial: true }),
  domainname: flag.string('domainname', 'NIS domain name of the container'),
  entrypoint: flag.string('entrypoint', 'Run this instead of the ENTRYPOINT of the image'),
  env: flag.list('env', 'Set environment variables', { short: 'e', check: checkEnv }),
  envFile: flag.list('env-file', 'Read environment variables from a file'),
  groupAdd: flag.list('group-add', 'Join further groups'),
  healthCmd: flag.string('health-cmd', 'Command that checks the health'),
  healthInterval: flag.duration('health-interval', 'Time between two checks (ms|s|m|h)', { shown: '0s' }),
  healthRetries: flag.int('health-retries', 'Failed checks in a row that make it unhealthy'),
  healthStartInterval: flag.duration('health-start-interval', 'Time between checks while it starts (ms|s|m|h)', {
    shown: '0s',
  }),
  healthStartPeriod: flag.duration(
    'health-start-period',
    'Time the container may take to start before failed checks count (ms|s|m|h)',
    { shown: '0s' },
  ),
  healthTimeout: flag.duration('health-timeout', 'Time that one check may take (ms|s|m|h)', { shown: '0s' }),
  hostname: flag.string('hostname', 'Host name of the container', { short: 'h' }),
  init: flag.bool('init', 'Run an init in the container that forwards signals and reaps processes'),
  interactive: flag.bool('interactive', 'Keep STDIN open even if not attached', { short: 'i' }),
  label: flag.list('label', 'Set metadata on the container', { short: 'l', check: checkLabel }),
  labelFile: flag.list('label-file', 'Read labels from a file, one in a line'),
  logDriver: flag.string('log-driver', 'Logging driver of the container'),
  logOpt: flag.list('log-opt', 'Options of the log driver'),
  name: flag.string('name', 'Give the container a name'),
  noHealthcheck: flag.bool('no-healthcheck', 'Run no HEALTHCHECK, whatever the image says'),
  platform: flag.string('platform', 'Use this platform if the engine knows several'),
  pull: flag.string('pull', 'Pull the image before creating ("always", "missing", "never")', { initial: 'missing' }),
  quiet: flag.bool('quiet', 'Do not show the progress of a pull', { short: 'q' }),
  restart: flag.string('restart', 'What to do when the container exits', { initial: 'no' }),
  rm: flag.bool('rm', 'Remove the container and its anonymous volumes when it exits'),
  runtime: flag.string('runtime', 'Runtime to use for this container'),
  stopSignal: flag.string('stop-signal', 'Signal that stops the container'),
  stopTimeout: flag.int('stop-timeout', 'Seconds until a container that does not stop is killed'),
  tty: flag.bool('tty', 'Give it a pseudo-terminal', { short: 't' }),
  ulimit: flag.custom<ReadonlyMap<string, Ulimit>>(
    'ulimit',
    'Resource limits of its processes',
    'ulimit',
    new Map(),
    (text, current) => {
      const limit = parseUlimit(text);
      return new Map([...current, [limit.Name, limit]]);
    },
    { shown: '[]' },
  ),
  useApiSocket: flag.bool('use-api-socket', 'Mount the API socket into the container'),
  user: flag.string('user', 'User, by name or number (format: <name|uid>[:<group|gid>])', { short: 'u' }),
  workdir: flag.string('workdir', 'Working directory inside the container', { short: 'w' }),
};
