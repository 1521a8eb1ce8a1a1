import type { ContainerConfig, ImageRunConfig } from '@wharf/spec';
import { fail } from '../errors.ts';

function mergeEnvironment(image: readonly string[], own: readonly string[]): string[] {
  const name = (entry: string) => entry.split('=', 1)[0] ?? '';
  const taken = new Set(own.map(name));
  return [...own, ...image.filter((entry) => !taken.has(name(entry)))];
}

/** `--health-cmd` and its kin: what the container does not say is the image's. */
function mergeHealthcheck(image: ContainerConfig['Healthcheck'], own: ContainerConfig['Healthcheck']) {
  if (!own || !image) return own ?? image;
  return {
    Test: own.Test?.length ? own.Test : image.Test,
    Interval: own.Interval || image.Interval,
    Timeout: own.Timeout || image.Timeout,
    StartPeriod: own.StartPeriod || image.StartPeriod,
    StartInterval: own.StartInterval || image.StartInterval,
    Retries: own.Retries || image.Retries,
  };
}

type Members<Value> = Readonly<Record<string, Value>> | null | undefined;

function united<Value>(image: Members<Value>, own: Members<Value>): Record<string, Value> | undefined {
  const all = { ...image, ...own };
  return Object.keys(all).length > 0 ? all : undefined;
}

/**
 * Completes a container's configuration with its image's, as Docker does: an entrypoint of its own makes the image's
 * command void; environment, labels, ports and volumes are united, the container's winning.
 */
export function mergeConfig(own: ContainerConfig, image: ImageRunConfig): ContainerConfig {
  const hasEntrypoint = own.Entrypoint !== undefined && own.Entrypoint.length > 0;
  // [''] is how clients say "no entrypoint at all".
  const cleared = hasEntrypoint && own.Entrypoint?.length === 1 && own.Entrypoint[0] === '';
  const command = own.Cmd?.length ? own.Cmd : hasEntrypoint ? own.Cmd : image.Cmd;
  const entrypoint = cleared ? undefined : hasEntrypoint ? own.Entrypoint : image.Entrypoint;
  const healthcheck = mergeHealthcheck(image.Healthcheck as ContainerConfig['Healthcheck'], own.Healthcheck);
  return {
    ...own,
    User: own.User || image.User || '',
    WorkingDir: own.WorkingDir || image.WorkingDir || '',
    Env: mergeEnvironment(image.Env ?? [], own.Env ?? []),
    Cmd: command ? [...command] : undefined,
    Entrypoint: entrypoint ? [...entrypoint] : undefined,
    Labels: { ...image.Labels, ...own.Labels },
    ExposedPorts: united(image.ExposedPorts, own.ExposedPorts),
    Volumes: united(image.Volumes, own.Volumes),
    StopSignal: own.StopSignal || image.StopSignal || undefined,
    ...(healthcheck ? { Healthcheck: healthcheck } : {}),
  };
}

/** The program and its arguments. Throws BAD_CONFIG when neither image nor container name one. */
export function commandOf(config: ContainerConfig): { path: string; args: string[] } {
  const [path, ...args] = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  if (path === undefined || path === '') throw fail('BAD_CONFIG', 'no command specified');
  return { path, args };
}
