import { chmodSync, closeSync, existsSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { defineErrors, messageOf } from './errors.ts';

export const { definitions: databaseErrors, fail } = defineErrors({
  DATABASE_UNUSABLE: { kind: 'system', description: 'The engine database cannot be opened or has a newer layout.' },
});

const RESERVE_BYTES = 1024 * 1024;
const RESERVE_LOOK_MS = 10_000;
/** SQLITE_FULL and SQLITE_IOERR_WRITE, https://sqlite.org/rescode.html. */
const FULL_CODES: readonly unknown[] = [13, 778];

/** True when SQLite could not write for want of space. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && FULL_CODES.includes(error.errcode);
}

/** The steps that bring one area of the database (a package's tables) to its newest layout, oldest first. */
export interface Schema {
  readonly area: string;
  readonly steps: readonly string[];
}

/** A row as SQLite gives it. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * The engine's records: one SQLite file in WAL mode (https://sqlite.org/wal.html). The only place that imports
 * node:sqlite. Commits are not synced one by one; call `durable()` before telling anybody that a change is done: it
 * syncs the log off the main thread, once for all that wait.
 */
export class Database {
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #statements = new Map<string, StatementSync>();
  #syncing: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #depth = 0;
  /** A file whose only purpose is to be removed when the disk is full. */
  readonly #reserve: string;
  #reserveMissing: boolean;
  #nextLook = 0;

  /** Opens or makes the file and applies the schemas' missing steps. Throws DATABASE_UNUSABLE. */
  constructor(path: string, schemas: readonly Schema[]) {
    this.#path = path;
    this.#reserve = `${path}-reserve`;
    this.#reserveMissing = !existsSync(this.#reserve);
    try {
      // Records hold what users would not show everybody (environments); SQLite's other files take this one's mode.
      closeSync(openSync(path, 'a', 0o600));
      chmodSync(path, 0o600);
      this.#db = new DatabaseSync(path);
      this.#db.exec(
        'PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA busy_timeout=5000',
      );
      this.#db.exec('CREATE TABLE IF NOT EXISTS schema_steps (area TEXT PRIMARY KEY, applied INTEGER NOT NULL)');
    } catch (cause) {
      throw fail('DATABASE_UNUSABLE', `cannot open the database ${path}: ${messageOf(cause)}`, { cause });
    }
    for (const schema of schemas) this.#migrate(schema);
  }

  #migrate(schema: Schema): void {
    const row = this.get('SELECT applied FROM schema_steps WHERE area = ?', schema.area);
    const applied = Number(row?.['applied'] ?? 0);
    if (applied > schema.steps.length) {
      throw fail('DATABASE_UNUSABLE', `${this.#path} was written by a newer version (${schema.area} step ${applied})`);
    }
    if (applied === schema.steps.length) return;
    this.transaction(() => {
      for (const step of schema.steps.slice(applied)) this.#db.exec(step);
      this.run('INSERT OR REPLACE INTO schema_steps VALUES (?, ?)', schema.area, schema.steps.length);
    });
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** Runs a statement; returns the number of changed rows. Statements are prepared once per text. */
  run(sql: string, ...values: SQLInputValue[]): number {
    const work = () => Number(this.#prepare(sql).run(...values).changes);
    return this.#depth > 0 ? work() : this.#withReserve(work);
  }

  /**
   * On a full disk the reserve is given up and the work tried once more: what ends or removes something, and so makes
   * room, must never fail for want of it.
   */
  #withReserve<T>(work: () => T): T {
    this.#renewReserve();
    try {
      return work();
    } catch (error) {
      if (!isDiskFull(error) || !existsSync(this.#reserve)) throw error;
      rmSync(this.#reserve, { force: true });
      this.#reserveMissing = true;
      return work();
    }
  }

  /** Takes the reserve back when there is room again; looked at once in a while only. */
  #renewReserve(): void {
    if (!this.#reserveMissing || performance.now() < this.#nextLook) return;
    this.#nextLook = performance.now() + RESERVE_LOOK_MS;
    try {
      writeFileSync(this.#reserve, Buffer.alloc(RESERVE_BYTES, 1), { mode: 0o600 });
      this.#reserveMissing = false;
    } catch {
      rmSync(this.#reserve, { force: true });
    }
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#prepare(sql).get(...values) as Row | undefined;
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#prepare(sql).all(...values) as Row[];
  }

  /**
   * Runs `work` as one transaction; nested calls join the outer one. `work` must be synchronous, and bear being done
   * again after a rollback: that happens when the disk was full.
   */
  transaction<T>(work: () => T): T {
    return this.#depth > 0 ? work() : this.#withReserve(() => this.#transact(work));
  }

  #transact<T>(work: () => T): T {
    this.#db.exec('BEGIN IMMEDIATE');
    this.#depth = 1;
    try {
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      // A full disk makes SQLite roll back by itself; a second one would hide the first error.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    } finally {
      this.#depth = 0;
    }
  }

  /** Resolves when everything committed before the call would survive a power loss. */
  durable(): Promise<void> {
    if (!this.#syncing) {
      this.#syncing = this.#sync().finally(() => {
        this.#syncing = undefined;
      });
      return this.#syncing;
    }
    // A sync is under way and may have begun before our commit: wait for the one after it, together with the others.
    this.#next ??= this.#syncing.then(() => {
      this.#next = undefined;
      return this.durable();
    });
    return this.#next;
  }

  async #sync(): Promise<void> {
    const file = await open(`${this.#path}-wal`, 'r');
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }
}
