import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '@wharf/kit';
import { type IdRange, rangesOf } from './id-ranges.ts';

/** A line of passwd(5) or group(5), as far as it matters here. */
export interface Account {
  readonly name: string;
  readonly id: number;
}

/** The host's accounts and the IDs that are subordinate to them; `etc` is /etc. Read anew each time: they change. */
export class Subordinates {
  readonly #etc: string;

  constructor(etc = '/etc') {
    this.#etc = etc;
  }

  /** By name or number. */
  user(key: string): Account | undefined {
    return this.#find('passwd', key);
  }

  group(key: string): Account | undefined {
    return this.#find('group', key);
  }

  /** Ranges of user IDs of somebody known by any of these names. */
  uids(owners: readonly string[]): IdRange[] {
    return rangesOf(this.text('subuid'), owners);
  }

  gids(owners: readonly string[]): IdRange[] {
    return rangesOf(this.text('subgid'), owners);
  }

  /** Content of a file of /etc; empty when there is none. */
  text(name: 'passwd' | 'group' | 'subuid' | 'subgid'): string {
    try {
      return readFileSync(join(this.#etc, name), 'utf8');
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return '';
      throw error;
    }
  }

  #find(file: 'passwd' | 'group', key: string): Account | undefined {
    const accounts = this.text(file)
      .split('\n')
      .map((line) => line.split(':'))
      .map(([name = '', , id]) => ({ name, id: Number(id) }));
    return accounts.find(({ name }) => name === key) ?? accounts.find(({ id }) => String(id) === key);
  }
}
