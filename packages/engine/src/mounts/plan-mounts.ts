import type { ContainerConfig, HostConfig, Mount } from '@wharf/spec';
import { refuse } from '../containers/refuse.ts';
import type { VolumeRequest } from '../volumes/volume-service.ts';
import { checkMode, cleanPath, isPropagation, parseBindSpec } from './bind-spec.ts';
import type { MountRecord } from './mount-record.ts';

/** A mount before its volume and its image are looked up. */
export interface MountPlan {
  readonly record: MountRecord;
  /** The volume that is made unless it is there. */
  readonly volume?: VolumeRequest;
  /** The image that is mounted. */
  readonly image?: string;
}

/** What other containers have mounted. Throws NO_SUCH_CONTAINER. */
export type MountsOf = (container: string) => readonly MountRecord[];

const DEFAULT_PROPAGATION = 'rprivate';

/** `container[:mode]` of `--volumes-from`. */
function inherited(text: string, mountsOf: MountsOf): MountPlan[] {
  const at = text.indexOf(':');
  const [container, mode] = at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
  if (container === '' || (at >= 0 && mode === '')) refuse(`invalid volumes-from specification: ${text}`);
  if (mode !== '') {
    checkMode(mode);
    const options = mode.split(',');
    if (options.some(isPropagation) || options.includes('nocopy')) refuse(`invalid mode: ${mode}`);
  }
  const readonly = mode.split(',').includes('ro');
  return mountsOf(container).map((mount) => ({
    record: { ...mount, rw: mount.rw && !readonly, noCopy: true },
    ...(mount.type === 'volume' ? { volume: { name: mount.name ?? '', driver: mount.driver ?? '' } } : {}),
    ...(mount.type === 'image' ? { image: mount.name ?? '' } : {}),
  }));
}

function volumePlan(
  record: Partial<MountRecord> & Pick<MountRecord, 'destination' | 'mode' | 'rw'>,
  request: VolumeRequest,
): MountPlan {
  const named = (request.name ?? '') !== '';
  return {
    record: {
      type: 'volume',
      source: '',
      propagation: '',
      ...record,
      ...(named ? { name: request.name ?? '' } : { anonymous: true }),
    },
    volume: request,
  };
}

function shortMount(text: string, driver: string): MountPlan {
  const { source, destination, mode, options } = parseBindSpec(text);
  const rw = !options.includes('ro');
  if (source.startsWith('/')) {
    const propagation = options.find(isPropagation) ?? DEFAULT_PROPAGATION;
    return { record: { type: 'bind', source, destination, mode, rw, propagation, createSource: true } };
  }
  const noCopy = options.includes('nocopy') ? { noCopy: true } : {};
  return volumePlan({ destination, mode: mode || 'z', rw, ...noCopy }, { name: source, driver });
}

function tmpfsOptions({ ReadOnly, TmpfsOptions }: Mount): string[] {
  const { SizeBytes, Mode, Options = [] } = TmpfsOptions ?? {};
  return [
    ...(SizeBytes ? [`size=${SizeBytes}`] : []),
    ...(Mode ? [`mode=${Mode.toString(8)}`] : []),
    ...(ReadOnly ? ['ro'] : []),
    ...Options.map((words) => words.join('=')),
  ];
}

function bindPlan({ Source = '', Target = '', ReadOnly, BindOptions = {} }: Mount): MountPlan {
  return {
    record: {
      type: 'bind',
      source: cleanPath(Source),
      destination: cleanPath(Target),
      mode: '',
      rw: !ReadOnly,
      propagation: BindOptions.Propagation || DEFAULT_PROPAGATION,
      ...(BindOptions.CreateMountpoint ? { createSource: true } : {}),
      ...(BindOptions.NonRecursive ? { nonRecursive: true } : {}),
      ...(BindOptions.ReadOnlyNonRecursive ? { shallowReadonly: true } : {}),
    },
  };
}

function longMount(mount: Mount): MountPlan {
  const { Type, Source = '', Target = '', ReadOnly, VolumeOptions = {}, ImageOptions = {} } = mount;
  const common = { destination: cleanPath(Target), mode: '', source: '' };
  const subpath = VolumeOptions.Subpath || ImageOptions.Subpath;
  if (Type === 'bind') return bindPlan(mount);
  if (Type === 'tmpfs') {
    return { record: { ...common, type: 'tmpfs', rw: !ReadOnly, propagation: '', options: tmpfsOptions(mount) } };
  }
  if (Type === 'image') {
    const record = { ...common, type: 'image', rw: false, propagation: DEFAULT_PROPAGATION, name: Source } as const;
    return { record: { ...record, ...(subpath ? { subpath } : {}) }, image: Source };
  }
  const { DriverConfig = {}, Labels = {}, NoCopy } = VolumeOptions;
  return volumePlan(
    {
      ...common,
      mode: 'z',
      rw: !ReadOnly,
      ...(subpath ? { subpath } : {}),
      ...(NoCopy ? { noCopy: true } : {}),
    },
    { name: Source, driver: DriverConfig.Name ?? '', options: DriverConfig.Options ?? {}, labels: Labels },
  );
}

/**
 * Everything that is to be mounted into a new container but `--tmpfs`: of other containers, `-v`, `--mount`, and the
 * volumes that the image or the client declared where nothing else is. Throws BAD_CONFIG in Docker's words.
 */
export function planMounts(config: ContainerConfig, hostConfig: HostConfig, mountsOf: MountsOf): MountPlan[] {
  const driver = hostConfig.VolumeDriver ?? '';
  const tmpfs = new Set(Object.keys(hostConfig.Tmpfs ?? {}).map(cleanPath));
  const plans = new Map<string, MountPlan>();
  for (const text of hostConfig.VolumesFrom ?? []) {
    for (const plan of inherited(text, mountsOf)) plans.set(plan.record.destination, plan);
  }
  const own = [
    ...(hostConfig.Binds ?? []).map((text) => shortMount(text, driver)),
    ...(hostConfig.Mounts ?? []).map(longMount),
  ];
  const seen = new Set(tmpfs);
  for (const plan of own) {
    const { destination } = plan.record;
    if (seen.has(destination)) refuse(`Duplicate mount point: ${destination}`);
    seen.add(destination);
    plans.set(destination, plan);
  }
  for (const path of Object.keys(config.Volumes ?? {})) {
    const destination = cleanPath(path);
    if (path.includes(':') || !path.startsWith('/') || destination === '/') {
      refuse(`invalid volume specification: '${path}'`);
    }
    if (plans.has(destination) || tmpfs.has(destination)) continue;
    plans.set(destination, volumePlan({ destination, mode: '', rw: true }, { driver }));
  }
  return [...plans.values()];
}
