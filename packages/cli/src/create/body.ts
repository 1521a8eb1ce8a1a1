import type { ContainerCreateBody } from '@wharf/client';
import type { HealthConfig, RestartPolicy, WharfConfig } from '@wharf/spec';
import { isMacAddress } from './checks.ts';
import type { CreateEnvironment } from './environment.ts';
import type { CreateValues } from './flags.ts';
import { hostConfig } from './host-config.ts';
import { collectEnv, collectLabels } from './key-values.ts';
import { collectNetworks } from './networks.ts';
import { collectPorts } from './ports.ts';
import { refuse } from './refuse.ts';
import { sortVolumes } from './volumes.ts';

/** Which streams the container is made to be attached to: those of `-a`, else both outputs; stdin with `-i`. */
export function attachedStreams(flags: CreateValues): { stdin: boolean; stdout: boolean; stderr: boolean } {
  const named = new Set(flags.attach);
  const all = named.size === 0;
  return {
    stdin: named.has('stdin') || flags.interactive,
    stdout: all || named.has('stdout'),
    stderr: all || named.has('stderr'),
  };
}

/** `--restart policy[:retries]`. */
export function parseRestart(text: string): RestartPolicy {
  const at = text.indexOf(':');
  const [name, retries] = at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
  if (at === 0) throw refuse('invalid restart policy format: no policy provided before colon');
  if (!/^([+-]?\d+)?$/.test(retries)) {
    throw refuse('invalid restart policy format: maximum retry count must be an integer');
  }
  return { Name: name as NonNullable<RestartPolicy['Name']>, MaximumRetryCount: Number(retries) };
}

function healthcheck(flags: CreateValues): HealthConfig | undefined {
  const times = {
    Interval: flags.healthInterval,
    Timeout: flags.healthTimeout,
    StartPeriod: flags.healthStartPeriod,
    StartInterval: flags.healthStartInterval,
    Retries: flags.healthRetries,
  };
  const set = Object.fromEntries(Object.entries(times).filter(([, value]) => value !== 0));
  const some = flags.healthCmd !== '' || Object.keys(set).length > 0;
  if (flags.noHealthcheck) {
    if (some) throw refuse('--no-healthcheck conflicts with --health-* options');
    return { Test: ['NONE'] };
  }
  for (const [name, value] of [
    ['interval', times.Interval],
    ['timeout', times.Timeout],
    ['retries', times.Retries],
    ['start-period', times.StartPeriod],
    ['start-interval', times.StartInterval],
  ] as const) {
    if (value < 0) throw refuse(`--health-${name} cannot be negative`);
  }
  if (!some) return undefined;
  return { ...(flags.healthCmd === '' ? {} : { Test: ['CMD-SHELL', flags.healthCmd] }), ...set };
}

/** What Docker does not have; absent when none of its flags is given, so that the body is then Docker's. */
function wharfConfig(
  flags: CreateValues,
  changed: ReadonlySet<string>,
  environment: CreateEnvironment,
): { Wharf?: WharfConfig } {
  const wharf: WharfConfig = {
    ...(changed.has('health-on-failure') ? { HealthOnFailure: flags.healthOnFailure } : {}),
    ...(/^keep-id(:|$)/.test(flags.userns) && environment.caller ? { Caller: environment.caller } : {}),
    ...(changed.has('timeout') ? { Timeout: flags.timeout } : {}),
  };
  return Object.keys(wharf).length > 0 ? { Wharf: wharf } : {};
}

/**
 * Turns flags and arguments into the body of POST /containers/create, member by member as Docker's client fills it.
 * Throws COMMAND_USAGE for values and combinations that Docker's client refuses.
 */
export function createBody(
  flags: CreateValues,
  changed: ReadonlySet<string>,
  image: string,
  command: readonly string[],
  environment: CreateEnvironment,
): ContainerCreateBody {
  if (flags.macAddress !== '' && !isMacAddress(flags.macAddress.trim())) {
    throw refuse(`${flags.macAddress} is not a valid mac address`);
  }
  const streams = attachedStreams(flags);
  const volumes = sortVolumes(flags.volume, environment.cwd);
  const ports = collectPorts(flags.publish, flags.expose);
  const health = healthcheck(flags);
  const networks = collectNetworks([...flags.network, ...flags.net], {
    aliases: [...flags.networkAlias, ...flags.netAlias],
    links: flags.link,
    ip: flags.ip,
    ip6: flags.ip6,
    mac: flags.macAddress,
    linkLocal: flags.linkLocalIp,
  });
  const restart = parseRestart(flags.restart);
  if (flags.rm && restart.Name !== 'no' && (restart.Name as string) !== '') {
    throw refuse('conflicting options: cannot specify both --restart and --rm');
  }
  return {
    Hostname: flags.hostname,
    Domainname: flags.domainname,
    User: flags.user,
    AttachStdin: streams.stdin,
    AttachStdout: streams.stdout,
    AttachStderr: streams.stderr,
    ...(Object.keys(ports.exposed).length > 0 ? { ExposedPorts: ports.exposed } : {}),
    Tty: flags.tty,
    OpenStdin: flags.interactive,
    StdinOnce: flags.interactive && streams.stdin,
    Env: collectEnv(flags.envFile, flags.env, environment),
    Cmd: command.length > 0 ? [...command] : null,
    ...(health ? { Healthcheck: health } : {}),
    Image: image,
    Volumes: Object.fromEntries(volumes.volumes.map((target) => [target, {}])),
    WorkingDir: flags.workdir,
    Entrypoint: changed.has('entrypoint') ? [flags.entrypoint] : null,
    OnBuild: null,
    Labels: collectLabels(flags.labelFile, flags.label, environment),
    ...(flags.stopSignal === '' ? {} : { StopSignal: flags.stopSignal }),
    ...(changed.has('stop-timeout') ? { StopTimeout: flags.stopTimeout } : {}),
    HostConfig: hostConfig(flags, changed, environment, {
      binds: volumes.binds,
      bindings: ports.bindings,
      networkMode: networks.mode,
      restart,
    }),
    NetworkingConfig: { EndpointsConfig: networks.endpoints },
    ...wharfConfig(flags, changed, environment),
  };
}
