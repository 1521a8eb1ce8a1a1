import {
  familiarName,
  humanDuration,
  humanSize,
  humanSizeWithPrecision,
  type ImageSummary,
  parseReference,
  type Reference,
} from '@wharf/spec';
import { isTable, type RowKind } from './columns.ts';
import { localTime } from './local-time.ts';
import { shortId } from './width.ts';

/** A row of `images`: one name of an image and how it is shown. */
export interface ImageRow {
  readonly image: ImageSummary;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  readonly trunc: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const CREATED = '{{.CreatedSince}}';

/** The format of `images` for what `--format` says. */
export function imageFormat(source: string, quiet: boolean, digest: boolean): string {
  if (source === 'table') {
    if (quiet) return '{{.ID}}';
    const digests = digest ? '\\t{{.Digest}}' : '';
    return `table {{.Repository}}\\t{{.Tag}}${digests}\\t{{.ID}}\\t${CREATED}\\t{{.Size}}`;
  }
  if (source === 'raw') {
    if (quiet) return 'image_id: {{.ID}}';
    const digests = digest ? 'digest: {{.Digest}}\n' : '';
    const times = 'image_id: {{.ID}}\ncreated_at: {{.CreatedAt}}\nvirtual_size: {{.Size}}\n';
    return `repository: {{ .Repository }}\ntag: {{.Tag}}\n${digests}${times}`;
  }
  return isTable(source) && digest && !source.includes('{{.Digest}}') ? `${source}\t{{.Digest}}` : source;
}

/** The fields of an image in lists. */
export const imageRows: RowKind<ImageRow> = {
  type: '*formatter.imageContext',
  columns: {
    Containers: { header: 'CONTAINERS', text: ({ image }) => count(image.Containers) },
    CreatedAt: { header: 'CREATED AT', text: ({ image }) => localTime(image.Created) },
    CreatedSince: { header: 'CREATED', text: ({ image, now }) => `${humanDuration(now - image.Created * 1000)} ago` },
    Digest: { header: 'DIGEST', text: ({ digest }) => digest },
    ID: { header: 'IMAGE ID', text: ({ image, trunc }) => (trunc ? shortId(image.Id) : image.Id) },
    Repository: { header: 'REPOSITORY', text: ({ repository }) => repository },
    SharedSize: { header: 'SHARED SIZE', text: ({ image }) => bytes(image.SharedSize) },
    Size: { header: 'SIZE', text: ({ image }) => humanSizeWithPrecision(image.Size, 3) },
    Tag: { header: 'TAG', text: ({ tag }) => tag },
    UniqueSize: { header: 'UNIQUE SIZE', text: ({ image }) => uniqueSize(image) },
    VirtualSize: { header: 'SIZE', text: ({ image }) => humanSize(image.Size) },
  },
};

function count(value: number | undefined): string {
  return value === -1 ? 'N/A' : String(value ?? 0);
}

function bytes(value: number | undefined): string {
  return value === -1 ? 'N/A' : humanSize(value ?? 0);
}

function uniqueSize(image: ImageSummary): string {
  const shared = image.SharedSize ?? 0;
  return image.Size === -1 || shared === -1 ? 'N/A' : humanSize(image.Size - shared);
}

/** How names of an image become rows. */
export interface ImageRowOptions {
  readonly trunc: boolean;
  readonly now: number;
  /** `--digests`: a row for every digest. */
  readonly digests: boolean;
  /** The format prints digests. */
  readonly format: string;
}

const NONE = '<none>';

/** One row for every name of the image; an image without names has one row too. */
export function imageRowsOf(image: ImageSummary, options: ImageRowOptions): ImageRow[] {
  const row = (repository: string, tag: string, digest: string): ImageRow => {
    return { image, repository, tag, digest, trunc: options.trunc, now: options.now };
  };
  if (isDangling(image)) return [row(NONE, NONE, NONE)];
  const tags = byRepository(image.RepoTags ?? [], (reference) => reference.tag);
  const digests = byRepository(image.RepoDigests ?? [], (reference) => reference.digest);
  const rows: ImageRow[] = [];
  const wantsDigest = options.digests || options.format.includes('{{.Digest}}');
  for (const [repository, names] of tags) {
    const known = wantsDigest ? (digests.get(repository) ?? []) : [];
    digests.delete(repository);
    for (const tag of names) {
      rows.push(...(known.length === 0 ? [NONE] : known).map((digest) => row(repository, tag, digest)));
    }
  }
  for (const [repository, known] of digests) {
    rows.push(...(options.digests ? known : ['']).map((digest) => row(repository, NONE, digest)));
  }
  return rows;
}

/** No names at all, in either of the ways in which engines say so. */
function isDangling(image: ImageSummary): boolean {
  const tags = image.RepoTags ?? [];
  const digests = image.RepoDigests ?? [];
  if (tags.length === 0 && digests.length === 0) return true;
  return tags.length === 1 && tags[0] === `${NONE}:${NONE}` && digests.length === 1 && digests[0] === `${NONE}@${NONE}`;
}

function byRepository(
  names: readonly string[],
  part: (reference: Reference) => string | undefined,
): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const name of names) {
    const reference = tryParse(name);
    const value = reference === undefined ? undefined : part(reference);
    if (reference === undefined || value === undefined) continue;
    const repository = familiarName(reference);
    found.set(repository, [...(found.get(repository) ?? []), value]);
  }
  return found;
}

function tryParse(name: string): Reference | undefined {
  try {
    return parseReference(name);
  } catch {
    return undefined; // What is no name gets no row.
  }
}
