import { createHash } from 'node:crypto';
import type { NativeArchitecture } from './architectures.ts';
import { compileSeccomp, type SeccompFilter } from './compile.ts';
import { DEFAULT_SECCOMP_PROFILE } from './default-profile.ts';
import type { SeccompConfig, SeccompProfile } from './profile.ts';
import { resolveSeccomp } from './resolve.ts';

const KEPT = 64;

/**
 * Compiles profiles for one machine and remembers the results: nearly all containers of an engine have the same few
 * filters. Results are found by a digest of the input; the 64 last used are kept.
 */
export class SeccompCompiler {
  readonly #architecture: NativeArchitecture;
  readonly #kernel: readonly [number, number];
  readonly #filters = new Map<string, SeccompFilter>();
  readonly #defaults = new Map<string, SeccompConfig>();

  /** @param options.kernel the release of the running kernel, as uname(2) tells it ("6.18.44-…"). */
  constructor(options: { readonly architecture: NativeArchitecture; readonly kernel: string }) {
    this.#architecture = options.architecture;
    const [, major = '0', minor = '0'] = /^(\d+)\.(\d+)/.exec(options.kernel) ?? [];
    this.#kernel = [Number(major), Number(minor)];
  }

  /** The profile's rules for a container with these capabilities (its bounding set): what its config.json carries. */
  resolve(profile: SeccompProfile, capabilities: readonly string[]): SeccompConfig {
    return resolveSeccomp(profile, { architecture: this.#architecture, kernel: this.#kernel, capabilities });
  }

  /** The default profile for these capabilities. The same object for the same set, so that `compile` is quick. */
  default(capabilities: readonly string[]): SeccompConfig {
    const key = capabilities.toSorted().join();
    return remember(this.#defaults, key, () => this.resolve(DEFAULT_SECCOMP_PROFILE, capabilities));
  }

  /** The filter of a resolved profile. Throws INVALID_SECCOMP_PROFILE. */
  compile(config: SeccompConfig): SeccompFilter {
    const text = JSON.stringify(config, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
    const key = createHash('sha256').update(text).digest('hex');
    return remember(this.#filters, key, () => compileSeccomp(config, this.#architecture));
  }
}

function remember<Value>(values: Map<string, Value>, key: string, make: () => Value): Value {
  const value = values.get(key) ?? make();
  values.delete(key);
  values.set(key, value);
  const oldest = values.keys().next();
  if (values.size > KEPT && !oldest.done) values.delete(oldest.value);
  return value;
}
