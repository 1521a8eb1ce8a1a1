import { arch, release } from 'node:os';
import { parseSeccompProfile, SeccompCompiler, type SeccompConfig } from '@wharf/linux';
import type { SecurityChoice } from '../oci/security.ts';

/** The seccomp filters of this engine's containers. The default one of a set of capabilities is made once. */
export class SeccompFilters {
  readonly #compiler = new SeccompCompiler({
    architecture: arch() === 'arm64' ? 'aarch64' : 'x86_64',
    kernel: release(),
  });
  readonly #defaults = new Map<string, Uint8Array>();

  /** The rules of a choice for a bounding set, as config.json carries them; undefined when unconfined. */
  rules(choice: SecurityChoice['seccomp'], bounding: readonly string[]): SeccompConfig | undefined {
    if (choice === 'unconfined') return undefined;
    if (choice === 'default') return this.#compiler.default(bounding);
    return this.#compiler.resolve(parseSeccompProfile(JSON.stringify(choice.profile)), bounding);
  }

  /** The filter of a choice for a bounding set; undefined when unconfined. Throws INVALID_SECCOMP_PROFILE. */
  filter(choice: SecurityChoice['seccomp'], bounding: readonly string[]): Uint8Array | undefined {
    if (choice === 'unconfined') return undefined;
    if (choice !== 'default') {
      const profile = parseSeccompProfile(JSON.stringify(choice.profile));
      return this.#compiler.compile(this.#compiler.resolve(profile, bounding)).filter;
    }
    const key = bounding.toSorted().join();
    const known = this.#defaults.get(key);
    if (known) return known;
    const { filter } = this.#compiler.compile(this.#compiler.default(bounding));
    if (this.#defaults.size >= 64) this.#defaults.clear();
    this.#defaults.set(key, filter);
    return filter;
  }
}
