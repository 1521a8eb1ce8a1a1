import type { Database } from '@wharf/kit';
import { fail } from '../errors.ts';
import type { ContainerRecord } from './record.ts';

/** The containers of this engine: all in memory, every change written through to the database. */
export class ContainerStore {
  readonly #database: Database;
  readonly #byId = new Map<string, ContainerRecord>();
  readonly #byName = new Map<string, ContainerRecord>();

  constructor(database: Database) {
    this.#database = database;
    for (const row of database.all('SELECT record FROM containers')) {
      const record = JSON.parse(String(row['record'])) as ContainerRecord;
      this.#byId.set(record.id, record);
      this.#byName.set(record.name, record);
    }
  }

  all(): ContainerRecord[] {
    return [...this.#byId.values()];
  }

  get size(): number {
    return this.#byId.size;
  }

  /** By full ID, name (with or without slash) or unambiguous beginning of an ID, in this order, as Docker does. */
  get(key: string): ContainerRecord {
    const name = key.startsWith('/') ? key.slice(1) : key;
    const exact = this.#byId.get(key) ?? this.#byName.get(name);
    if (exact) return exact;
    const found = /^[0-9a-f]{1,63}$/.test(key) ? this.all().filter(({ id }) => id.startsWith(key)) : [];
    if (found.length > 1) throw fail('AMBIGUOUS_CONTAINER', `Multiple IDs found with provided prefix: ${key}`);
    if (!found[0]) throw fail('NO_SUCH_CONTAINER', `No such container: ${key}`);
    return found[0];
  }

  /** Whether the record is still the store's. */
  has(record: ContainerRecord): boolean {
    return this.#byId.get(record.id) === record;
  }

  /** By full ID only. */
  find(id: string): ContainerRecord | undefined {
    return this.#byId.get(id);
  }

  named(name: string): ContainerRecord | undefined {
    return this.#byName.get(name);
  }

  /** Throws NAME_IN_USE. */
  add(record: ContainerRecord): void {
    this.checkName(record.name);
    this.#insert(record);
    this.#byId.set(record.id, record);
    this.#byName.set(record.name, record);
  }

  /** Writes the record's present content. */
  save(record: ContainerRecord): void {
    this.#database.run('UPDATE containers SET record = ? WHERE id = ?', JSON.stringify(record), record.id);
  }

  rename(record: ContainerRecord, name: string): void {
    this.checkName(name);
    this.#database.run(
      'UPDATE containers SET name = ?, record = ? WHERE id = ?',
      name,
      JSON.stringify({ ...record, name }),
      record.id,
    );
    this.#byName.delete(record.name);
    record.name = name;
    this.#byName.set(name, record);
  }

  delete(record: ContainerRecord): void {
    this.#database.run('DELETE FROM containers WHERE id = ?', record.id);
    this.#byId.delete(record.id);
    this.#byName.delete(record.name);
  }

  /** Gives the name of one container to a new one, which takes its place: both or nothing. */
  replace(old: ContainerRecord, successor: ContainerRecord): void {
    this.#database.transaction(() => {
      this.#database.run('DELETE FROM containers WHERE id = ?', old.id);
      this.#insert(successor);
    });
    this.#byId.delete(old.id);
    this.#byId.set(successor.id, successor);
    this.#byName.set(successor.name, successor);
  }

  #insert(record: ContainerRecord): void {
    this.#database.run('INSERT INTO containers VALUES (?, ?, ?)', record.id, record.name, JSON.stringify(record));
  }

  /** Throws NAME_IN_USE in Docker's words, from which its client reads the other container's ID. */
  checkName(name: string): void {
    const other = this.#byName.get(name);
    if (!other) return;
    const message = `Conflict. The container name "/${name}" is already in use by container "${other.id}". You have to remove (or rename) that container to be able to reuse that name.`;
    throw fail('NAME_IN_USE', message);
  }

  /** Resolves when every change so far would survive a power loss. */
  durable(): Promise<void> {
    return this.#database.durable();
  }
}
