import { Template } from '@wharf/template';
import type { RowKind } from './columns.ts';
import { rowValue } from './list-template.ts';

/** How a trial went: the problem and where it came up, and whether a field of interest was used. */
export interface Trial {
  readonly problem?: unknown;
  readonly stage: 'parse' | 'execute' | 'done';
  readonly used: boolean;
}

/** Runs a template on an empty row and watches one field. */
export function tryTemplate<Row>(source: string, kind: RowKind<Row>, empty: Row, field: string): Trial {
  let used = false;
  const watched = kind.columns[field];
  const columns = { ...kind.columns };
  if (watched !== undefined) {
    columns[field] = {
      ...watched,
      text: (row) => {
        used = true;
        return watched.text(row);
      },
    };
  }
  let stage: Trial['stage'] = 'parse';
  try {
    const template = new Template(source);
    stage = 'execute';
    template.execute(rowValue({ ...kind, columns }, empty));
    return { stage: 'done', used };
  } catch (problem) {
    // The caller words the message: it depends on the stage.
    return { problem, stage, used };
  }
}
