import type { OciConfig, OciDevice, OciDeviceRule, OciHook, OciMount } from '@wharf/spec';
import type { CdiDeviceNode, CdiEdits, CdiMount } from './spec-file.ts';

/** Looks up a device of the host. Throws when there is none. */
export type HostDevice = (path: string) => {
  readonly type: 'b' | 'c';
  readonly major: number;
  readonly minor: number;
  readonly fileMode: number;
};

type Node = OciDevice & { readonly access: string };

/** What the node does not say is as on the host; it belongs to the container's user unless it says otherwise. */
function deviceOf(node: CdiDeviceNode, config: OciConfig, hostDevice: HostDevice): Node {
  const { user } = config.process;
  const known = node.type !== undefined && node.major !== undefined && node.minor !== undefined;
  const host = known ? undefined : hostDevice(node.hostPath ?? node.path);
  const type = node.type ?? host?.type ?? 'c';
  return {
    path: node.path,
    type: type === 'b' || type === 'p' || type === 'u' ? type : 'c',
    major: node.major ?? host?.major ?? 0,
    minor: node.minor ?? host?.minor ?? 0,
    fileMode: node.fileMode ?? host?.fileMode ?? 0o666,
    uid: node.uid ?? user.uid,
    gid: node.gid ?? user.gid,
    access: node.permissions ?? 'rwm',
  };
}

function mountOf({ hostPath, containerPath, type, options = [] }: CdiMount): OciMount {
  const bind = type === undefined || type === 'bind' || type === 'none';
  const kind = options.some((option) => option === 'bind' || option === 'rbind') ? [] : ['rbind'];
  if (!bind) return { destination: containerPath, type: type ?? '', source: hostPath, options };
  const propagation = options.some((option) => /^r?(shared|slave|private)$/.test(option)) ? [] : ['rprivate'];
  return {
    destination: containerPath,
    type: 'bind',
    source: hostPath,
    options: [...kind, ...propagation, ...options],
    fromCell: {},
  };
}

function withEnvironment(env: readonly string[], more: readonly string[]): string[] {
  const all = new Map(env.map((entry) => [entry.split('=', 1)[0] ?? '', entry]));
  for (const entry of more) all.set(entry.split('=', 1)[0] ?? '', entry);
  return [...all.values()];
}

function hooksOf(config: OciConfig, edits: readonly CdiEdits[]): Readonly<Record<string, readonly OciHook[]>> {
  const hooks = new Map(Object.entries(config.hooks ?? {}));
  for (const { hookName, ...hook } of edits.flatMap((each) => each.hooks ?? [])) {
    hooks.set(hookName, [...(hooks.get(hookName) ?? []), hook]);
  }
  return Object.fromEntries(hooks);
}

const depth = ({ destination }: OciMount): number => destination.split('/').filter(Boolean).length;

function bare({ path, type, major, minor, fileMode, uid, gid }: Node): OciDevice {
  return { path, type, major, minor, fileMode, uid, gid };
}

/** The configuration with everything that CDI devices bring. Pure but for what `hostDevice` looks up. */
export function applyEdits(config: OciConfig, edits: readonly CdiEdits[], hostDevice: HostDevice): OciConfig {
  const { process, linux } = config;
  const nodes = edits.flatMap((each) => each.deviceNodes ?? []).map((node) => deviceOf(node, config, hostDevice));
  const paths = new Set(nodes.map(({ path }) => path));
  const rules = nodes.map(
    ({ type, major, minor, access }): OciDeviceRule => ({
      allow: true,
      type: type === 'b' ? 'b' : 'c',
      major,
      minor,
      access,
    }),
  );
  const hooks = hooksOf(config, edits);
  const mounts = edits.flatMap((each) => each.mounts ?? []).map(mountOf);
  return {
    ...config,
    process: {
      ...process,
      env: withEnvironment(
        process.env,
        edits.flatMap((each) => each.env ?? []),
      ),
      user: {
        ...process.user,
        additionalGids: [
          ...new Set([...process.user.additionalGids, ...edits.flatMap((each) => each.additionalGids ?? [])]),
        ],
      },
    },
    mounts: [...config.mounts, ...mounts.toSorted((one, other) => depth(one) - depth(other))],
    linux: {
      ...linux,
      devices: [...linux.devices.filter(({ path }) => !paths.has(path)), ...nodes.map(bare)],
      resources: { ...linux.resources, devices: [...(linux.resources.devices ?? []), ...rules] },
    },
    ...(Object.keys(hooks).length > 0 ? { hooks } : {}),
  };
}
