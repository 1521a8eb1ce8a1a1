import { humanSize } from '@wharf/spec';
import type { RowKind } from './columns.ts';

/** A volume as lists show it. */
export interface VolumeRow {
  readonly Name: string;
  readonly Driver?: string;
  readonly Mountpoint?: string;
  readonly Scope?: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly UsageData?: { readonly Size: number; readonly RefCount: number } | null;
}

/** The fields of a volume in lists. */
export const volumeRows: RowKind<VolumeRow> = {
  type: '*formatter.volumeContext',
  columns: {
    Availability: { header: 'AVAILABILITY', text: () => 'N/A' },
    Driver: { header: 'DRIVER', text: ({ Driver }) => Driver ?? '' },
    Group: { header: 'GROUP', text: () => 'N/A' },
    Labels: { header: 'LABELS', text: ({ Labels }) => labels(Labels) },
    Links: { header: 'LINKS', text: ({ UsageData }) => (UsageData ? String(UsageData.RefCount) : 'N/A') },
    Mountpoint: { header: 'MOUNTPOINT', text: ({ Mountpoint }) => Mountpoint ?? '' },
    Name: { header: 'VOLUME NAME', text: ({ Name }) => Name },
    Scope: { header: 'SCOPE', text: ({ Scope }) => Scope ?? '' },
    Size: { header: 'SIZE', text: ({ UsageData }) => (UsageData ? humanSize(UsageData.Size) : 'N/A') },
    Status: { header: 'STATUS', text: () => 'N/A' },
  },
  labels: ({ Labels }) => Labels ?? {},
};

function labels(given: VolumeRow['Labels']): string {
  return Object.entries(given ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',');
}
