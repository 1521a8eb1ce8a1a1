import type { Schema } from '@wharf/kit';

/** One volume as it is kept in the database. */
export interface VolumeRecord {
  readonly name: string;
  readonly driver: string;
  /** RFC 3339, whole seconds. */
  readonly created: string;
  /** Null when none were given, as the API shows it. */
  readonly labels: Readonly<Record<string, string>> | null;
  /** Options of the driver; null when none were given. */
  readonly options: Readonly<Record<string, string>> | null;
}

/** Label of volumes that nobody named; its value is empty. A prune takes only these unless told otherwise. */
export const ANONYMOUS_LABEL = 'com.docker.volume.anonymous';

export const volumesSchema: Schema = {
  area: 'volumes',
  steps: [
    `CREATE TABLE volumes (
      name TEXT PRIMARY KEY,
      record TEXT NOT NULL
    ) STRICT, WITHOUT ROWID`,
  ],
};
