import { humanDuration, humanSizeWithPrecision, type ImageHistoryResponseItem } from '@wharf/spec';
import type { RowKind } from './columns.ts';
import { localRfc3339 } from './local-time.ts';
import { ellipsis, shortId } from './width.ts';

/** A row of `history`: one layer and how it is shown. */
export interface HistoryRow {
  readonly layer: ImageHistoryResponseItem;
  readonly trunc: boolean;
  readonly human: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Older times stand for none: reproducible builds set them. 2000-01-01 in seconds. */
const EPOCH = 946_684_800;

/** The format of `history` for what `--format` says. */
export function historyFormat(source: string, quiet: boolean, human: boolean): string {
  if (source !== 'table') return source;
  if (quiet) return '{{.ID}}';
  const created = human ? '{{.CreatedSince}}' : '{{.CreatedAt}}';
  return `table {{.ID}}\\t${created}\\t{{.CreatedBy}}\\t{{.Size}}\\t{{.Comment}}`;
}

/** The fields of a layer in lists. */
export const historyRows: RowKind<HistoryRow> = {
  type: '*image.historyContext',
  columns: {
    Comment: { header: 'COMMENT', text: ({ layer }) => layer.Comment },
    CreatedAt: { header: 'CREATED AT', text: ({ layer }) => localRfc3339(layer.Created) },
    CreatedBy: { header: 'CREATED BY', text: createdBy },
    CreatedSince: { header: 'CREATED', text: createdSince },
    ID: { header: 'IMAGE', text: ({ layer, trunc }) => (trunc ? shortId(layer.Id) : layer.Id) },
    Size: {
      header: 'SIZE',
      text: ({ layer, human }) => (human ? humanSizeWithPrecision(layer.Size, 3) : String(layer.Size)),
    },
  },
};

function createdSince({ layer, human, now }: HistoryRow): string {
  if (!human) return localRfc3339(layer.Created);
  return layer.Created <= EPOCH ? 'N/A' : `${humanDuration(now - layer.Created * 1000)} ago`;
}

function createdBy({ layer, trunc }: HistoryRow): string {
  const text = layer.CreatedBy.replaceAll('\t', ' ');
  return trunc ? ellipsis(text, 45) : text;
}
