import {
  type ContainerSummary,
  familiarName,
  goQuote,
  humanDuration,
  humanSizeWithPrecision,
  parseReference,
} from '@wharf/spec';
import type { RowKind, StructuredField } from './columns.ts';
import { localTime } from './local-time.ts';
import { displayPorts } from './ports.ts';
import { ellipsis, shortId } from './width.ts';

/** A row of `ps`: the container and how it is shown. `now` is in milliseconds since 1970. */
export interface ContainerRow {
  readonly container: ContainerSummary;
  readonly trunc: boolean;
  readonly now: number;
}

const TABLE = 'table {{.ID}}\\t{{.Image}}\\t{{.Command}}\\t{{.RunningFor}}\\t{{.Status}}\\t{{.Ports}}\\t{{.Names}}';
const RAW = `container_id: {{.ID}}
image: {{.Image}}
command: {{.Command}}
created_at: {{.CreatedAt}}
state: {{- pad .State 1 0}}
status: {{- pad .Status 1 0}}
names: {{.Names}}
labels: {{- pad .Labels 1 0}}
ports: {{- pad .Ports 1 0}}
`;

/** The format of `ps` for what `--format` says. */
export function containerFormat(source: string, quiet: boolean, size: boolean): string {
  if (source === 'raw') return quiet ? 'container_id: {{.ID}}' : RAW + (size ? 'size: {{.Size}}\\n' : '');
  if (quiet) return '{{.ID}}';
  if (source === '' || source === 'table') return TABLE + (size ? '\\t{{.Size}}' : '');
  return source;
}

/** The fields of a container in lists. */
export const containerRows: RowKind<ContainerRow> = {
  type: '*formatter.ContainerContext',
  columns: {
    Command: { header: 'COMMAND', text: command },
    CreatedAt: { header: 'CREATED AT', text: ({ container }) => localTime(container.Created) },
    HealthStatus: { header: 'HEALTH STATUS', text: healthStatus, inJson: false },
    ID: { header: 'CONTAINER ID', text: ({ container, trunc }) => (trunc ? shortId(container.Id) : container.Id) },
    Image: { header: 'IMAGE', text: image },
    Labels: { header: 'LABELS', text: labels },
    LocalVolumes: { header: 'LOCAL VOLUMES', text: localVolumes },
    Mounts: { header: 'MOUNTS', text: mounts },
    Names: { header: 'NAMES', text: names },
    Networks: { header: 'NETWORKS', text: networks },
    Ports: { header: 'PORTS', text: ({ container }) => displayPorts(container.Ports ?? []) },
    RunningFor: {
      header: 'CREATED',
      text: ({ container, now }) => `${humanDuration(now - container.Created * 1000)} ago`,
    },
    Size: { header: 'SIZE', text: size },
    State: { header: 'STATE', text: ({ container }) => container.State ?? '' },
    Status: { header: 'STATUS', text: ({ container }) => container.Status ?? '' },
    Platform: { header: 'PLATFORM', text: (row) => platform(row)?.text ?? '<nil>' },
  },
  labels: ({ container }) => container.Labels ?? {},
  structured: (row) => ({ Platform: platform(row) }),
};

function names({ container, trunc }: ContainerRow): string {
  const all = (container.Names ?? []).map((name) => name.slice(1));
  // Names with a slash are aliases that links made; one name is enough for a table.
  const own = trunc ? all.find((name) => !name.includes('/')) : undefined;
  return own ?? all.join(',');
}

function image({ container, trunc }: ContainerRow): string {
  const name = container.Image ?? '';
  if (name === '') return '<no image>';
  if (!trunc) return name;
  const id = shortId(container.ImageID ?? '');
  if (id === shortId(name)) return id;
  const reference = tryParse(name);
  if (reference === undefined) return name;
  return familiarName(reference) + (reference.tag === undefined ? '' : `:${reference.tag}`);
}

function tryParse(name: string): ReturnType<typeof parseReference> | undefined {
  try {
    return parseReference(name);
  } catch {
    return undefined; // Not a reference: shown as it is.
  }
}

function command({ container, trunc }: ContainerRow): string {
  const text = container.Command ?? '';
  return goQuote(trunc ? ellipsis(text, 20) : text);
}

function size({ container }: ContainerRow): string {
  const own = humanSizeWithPrecision(container.SizeRw ?? 0, 3);
  const all = container.SizeRootFs ?? 0;
  return all > 0 ? `${own} (virtual ${humanSizeWithPrecision(all, 3)})` : own;
}

function labels({ container }: ContainerRow): string {
  return Object.entries(container.Labels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',');
}

function mounts({ container, trunc }: ContainerRow): string {
  const all = (container.Mounts ?? []).map((mount) => mount.Name || mount.Source || '');
  return all.map((name) => (trunc ? ellipsis(name, 15) : name)).join(',');
}

function localVolumes({ container }: ContainerRow): string {
  return String((container.Mounts ?? []).filter((mount) => mount.Driver === 'local').length);
}

function networks({ container }: ContainerRow): string {
  return Object.keys(container.NetworkSettings?.Networks ?? {}).join(',');
}

/** The health, which engines tell as a field or, before API 1.52, only within the status. */
function healthStatus({ container }: ContainerRow): string {
  const health = (container as { Health?: { Status?: string } }).Health?.Status;
  if (health !== undefined && health !== '') return health;
  return /\((?:health: )?(healthy|unhealthy|starting)\)$/.exec(container.Status ?? '')?.[1] ?? '';
}

interface OciPlatform {
  readonly architecture?: string;
  readonly os?: string;
  readonly 'os.version'?: string;
  readonly 'os.features'?: readonly string[];
  readonly variant?: string;
}

function platform({ container }: ContainerRow): StructuredField {
  const descriptor = (container as { ImageManifestDescriptor?: { platform?: OciPlatform } }).ImageManifestDescriptor;
  const found = descriptor?.platform;
  if (found === undefined || found === null) return null;
  const { architecture = '', os = '', variant } = found;
  const version = found['os.version'];
  const text = [os + (version ? `(${version})` : ''), architecture, variant].filter(Boolean).join('/');
  const json = JSON.stringify({
    architecture,
    os,
    'os.version': version || undefined,
    'os.features': found['os.features']?.length ? found['os.features'] : undefined,
    variant: variant || undefined,
  });
  return { text: text === '' ? 'unknown' : text, json };
}
