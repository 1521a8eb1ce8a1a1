import type { Database } from '@wharf/kit';
import { fail } from '../errors.ts';
import type { VolumeRecord } from './record.ts';

/** The volumes of this engine: all in memory, every change written through to the database. */
export class VolumeStore {
  readonly #database: Database;
  readonly #byName = new Map<string, VolumeRecord>();

  constructor(database: Database) {
    this.#database = database;
    for (const row of database.all('SELECT record FROM volumes')) {
      const record = JSON.parse(String(row['record'])) as VolumeRecord;
      this.#byName.set(record.name, record);
    }
  }

  all(): VolumeRecord[] {
    return [...this.#byName.values()];
  }

  find(name: string): VolumeRecord | undefined {
    return this.#byName.get(name);
  }

  /** Throws NO_SUCH_VOLUME in Docker's words. */
  get(name: string): VolumeRecord {
    const found = this.#byName.get(name);
    if (!found) throw fail('NO_SUCH_VOLUME', `get ${name}: no such volume`);
    return found;
  }

  add(record: VolumeRecord): void {
    this.#database.run('INSERT INTO volumes VALUES (?, ?)', record.name, JSON.stringify(record));
    this.#byName.set(record.name, record);
  }

  delete(name: string): void {
    this.#database.run('DELETE FROM volumes WHERE name = ?', name);
    this.#byName.delete(name);
  }

  /** Resolves when every change so far would survive a power loss. */
  durable(): Promise<void> {
    return this.#database.durable();
  }
}
