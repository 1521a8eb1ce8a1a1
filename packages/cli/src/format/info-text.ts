import { bytesSize, type SystemInfo } from '@wharf/spec';
import type { ClientVersion } from './client-version.ts';
import { type Swarm, swarmLines } from './swarm-text.ts';

/** A part of the text of `info`, and what could not be shown. */
export interface InfoText {
  readonly lines: readonly string[];
  readonly problems: readonly string[];
}

/** The client's part of `info`. */
export function clientInfoLines(client: ClientVersion, debug: boolean): string[] {
  return ['Client:', ` Version:    ${client.Version}`, ` Context:    ${client.Context}`, ` Debug Mode: ${debug}`, ''];
}

/** The engine's part of `info`. `debug` is the client's own mode; `user` the account at Docker Hub. */
export function serverInfoText(info: SystemInfo, debug: boolean, user: string): InfoText {
  const security = info.OSType === 'linux' ? securityLines(info.SecurityOptions ?? []) : { lines: [], problems: [] };
  const lines = [
    ...objectLines(info),
    ...driverLines(info),
    ...pluginLines(info),
    ...deviceLines(info),
    ` Swarm: ${info.Swarm?.LocalNodeState ?? ''}`,
    ...swarmLines(info.Swarm as Swarm | undefined),
    ...runtimeLines(info),
    ...security.lines,
    ...machineLines(info),
    ...debugLines(info, debug),
    ...named(' HTTP Proxy:', info.HttpProxy),
    ...named(' HTTPS Proxy:', info.HttpsProxy),
    ...named(' No Proxy:', info.NoProxy),
    ...named(' Username:', user),
    ...titled(' Labels:', info.Labels),
    ` Experimental: ${info.ExperimentalBuild ?? false}`,
    ...registryLines(info),
    ` Live Restore Enabled: ${info.LiveRestoreEnabled ?? false}`,
    ...named(' Product License:', info.ProductLicense),
    ...poolLines(info),
    ...firewallLines(info),
    '',
  ];
  return { lines, problems: security.problems };
}

/** A line only when there is something to say. */
function named(label: string, value: string | undefined): string[] {
  return value === undefined || value === '' ? [] : [`${label} ${value}`];
}

function titled(title: string, values: readonly string[] | null | undefined): string[] {
  return values == null || values.length === 0 ? [] : [title, ...values.map((value) => `  ${value}`)];
}

function objectLines(info: SystemInfo): string[] {
  return [
    ` Containers: ${info.Containers ?? 0}`,
    `  Running: ${info.ContainersRunning ?? 0}`,
    `  Paused: ${info.ContainersPaused ?? 0}`,
    `  Stopped: ${info.ContainersStopped ?? 0}`,
    ` Images: ${info.Images ?? 0}`,
    ...named(' Server Version:', info.ServerVersion),
  ];
}

function driverLines(info: SystemInfo): string[] {
  return [
    ...named(' Storage Driver:', info.Driver),
    ...(info.DriverStatus ?? []).map(([name = '', value = '']) => `  ${name}: ${value}`),
    ...named(' Logging Driver:', info.LoggingDriver),
    ...named(' Cgroup Driver:', info.CgroupDriver),
    ...named(' Cgroup Version:', info.CgroupVersion),
  ];
}

function pluginLines(info: SystemInfo): string[] {
  const { Volume, Network, Authorization, Log } = info.Plugins ?? {};
  const list = (values: readonly string[] | null | undefined): string => (values ?? []).join(' ');
  const authorization = (Authorization ?? []).length > 0 ? [`  Authorization: ${list(Authorization)}`] : [];
  return [
    ' Plugins:',
    `  Volume: ${list(Volume)}`,
    `  Network: ${list(Network)}`,
    ...authorization,
    `  Log: ${list(Log)}`,
  ];
}

function deviceLines(info: SystemInfo): string[] {
  const devices = (info as { DiscoveredDevices?: readonly { Source: string; ID: string }[] | null }).DiscoveredDevices;
  return [
    ...titled(' CDI spec directories:', info.CDISpecDirs),
    ...titled(
      ' Discovered Devices:',
      devices?.map(({ Source, ID }) => `${Source}: ${ID}`),
    ),
  ];
}

function runtimeLines(info: SystemInfo): string[] {
  const names = Object.keys(info.Runtimes ?? {});
  const runtimes =
    names.length === 0 ? [] : [` Runtimes: ${names.join(' ')}`, ` Default Runtime: ${info.DefaultRuntime ?? ''}`];
  if (info.OSType !== 'linux') return runtimes;
  return [
    ...runtimes,
    ` Init Binary: ${info.InitBinary ?? ''}`,
    ` containerd version: ${info.ContainerdCommit?.ID ?? ''}`,
    ` runc version: ${info.RuncCommit?.ID ?? ''}`,
    ` init version: ${info.InitCommit?.ID ?? ''}`,
  ];
}

/** Options come as `name=seccomp,profile=builtin`. */
function securityLines(options: readonly string[]): InfoText {
  if (options.length === 0) return { lines: [], problems: [] };
  const lines = [' Security Options:'];
  for (const option of options) {
    if (!option.includes('=')) {
      lines.push(`  ${option}`);
      continue;
    }
    const pairs = option.split(',').map((part) => [part, ...split(part)] as const);
    const broken = pairs.find(([part]) => !part.includes('='));
    if (broken !== undefined) {
      return { lines: [], problems: [`invalid security option ${JSON.stringify(broken[0])}`] };
    }
    if (pairs.some(([, name, value]) => name === '' || value === '')) {
      return { lines: [], problems: ['invalid empty security option'] };
    }
    lines.push(`  ${pairs.findLast(([, name]) => name === 'name')?.[2] ?? ''}`);
    for (const [, name, value] of pairs) if (name === 'profile') lines.push(`   Profile: ${value}`);
  }
  return { lines, problems: [] };
}

function split(part: string): [string, string] {
  const at = part.indexOf('=');
  return at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
}

function machineLines(info: SystemInfo): string[] {
  return [
    ...(info.OSType === 'windows' ? [` Default Isolation: ${info.Isolation ?? ''}`] : []),
    ...named(' Kernel Version:', info.KernelVersion),
    ...named(' Operating System:', info.OperatingSystem),
    ...named(' OSType:', info.OSType),
    ...named(' Architecture:', info.Architecture),
    ` CPUs: ${info.NCPU ?? 0}`,
    ` Total Memory: ${bytesSize(info.MemTotal ?? 0)}`,
    ...named(' Name:', info.Name),
    ...named(' ID:', info.ID),
    ` Docker Root Dir: ${info.DockerRootDir ?? ''}`,
    ` Debug Mode: ${info.Debug ?? false}`,
  ];
}

function debugLines(info: SystemInfo, debug: boolean): string[] {
  if (info.Debug !== true && !debug) return [];
  return [
    `  File Descriptors: ${info.NFd ?? 0}`,
    `  Goroutines: ${info.NGoroutines ?? 0}`,
    `  System Time: ${info.SystemTime ?? ''}`,
    `  EventsListeners: ${info.NEventsListener ?? 0}`,
  ];
}

interface Registries {
  readonly InsecureRegistryCIDRs?: readonly string[] | null;
  readonly IndexConfigs?: Readonly<Record<string, { readonly Name?: string; readonly Secure?: boolean }>> | null;
  readonly Mirrors?: readonly string[] | null;
}

function registryLines(info: SystemInfo): string[] {
  const { InsecureRegistryCIDRs, IndexConfigs, Mirrors } = (info.RegistryConfig ?? {}) as Registries;
  const indexes = Object.values(IndexConfigs ?? {});
  const networks = InsecureRegistryCIDRs ?? [];
  const insecure = indexes.filter((index) => index.Secure !== true).map((index) => `  ${index.Name ?? ''}`);
  const any = indexes.length > 0 || networks.length > 0;
  return [
    ...(any ? [' Insecure Registries:', ...insecure, ...networks.map((network) => `  ${network}`)] : []),
    ...titled(' Registry Mirrors:', Mirrors),
  ];
}

function poolLines(info: SystemInfo): string[] {
  const pools = info.DefaultAddressPools ?? [];
  const lines = pools.map(({ Base, Size }) => `   Base: ${Base ?? ''}, Size: ${Size ?? 0}`);
  return lines.length === 0 ? [] : [' Default Address Pools:', ...lines];
}

function firewallLines(info: SystemInfo): string[] {
  const firewall = (info as { FirewallBackend?: { Driver?: string; Info?: readonly (readonly string[])[] } | null })
    .FirewallBackend;
  if (firewall == null) return [];
  const details = (firewall.Info ?? []).map(([name = '', value = '']) => `  ${name}: ${value}`);
  return [` Firewall Backend: ${firewall.Driver ?? ''}`, ...details];
}
