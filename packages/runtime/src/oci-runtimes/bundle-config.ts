import type { SeccompArgument, SeccompConfig } from '@wharf/linux';
import type { OciConfig, OciMount } from '@wharf/spec';

/** What other runtimes have to be told that our own lowering gets beside the configuration. */
export interface BundleFacts {
  /** The rules of the filter; undefined for unconfined. */
  readonly seccomp: SeccompConfig | undefined;
  /** Whether there is a directory at this path of the host. */
  isDirectory(path: string): boolean;
}

/** Below a file nothing is mounted: read-only is the same there as recursively so, which not every runtime can do to a file. */
function portableMount(mount: OciMount, isDirectory: BundleFacts['isDirectory']): OciMount {
  if (!mount.options.includes('rro') || isDirectory(mount.source)) return mount;
  return { ...mount, options: mount.options.map((option) => (option === 'rro' ? 'ro' : option)) };
}

/**
 * The text of a bundle's config.json: the same configuration that our own lowering takes, with the seccomp rules in it
 * and without members whose values other runtimes refuse (an empty terminal size, numbers beyond their types).
 */
export function bundleConfig(config: OciConfig, { seccomp, isDirectory }: BundleFacts): string {
  const { consoleSize, rlimits, ...process } = config.process;
  const sized = consoleSize !== undefined && consoleSize.height > 0 && consoleSize.width > 0;
  const document = {
    ...config,
    // The oldest version that has all of it: runtimes refuse what is newer than they are.
    ociVersion: '1.0.2',
    process: {
      ...process,
      ...(sized ? { consoleSize } : {}),
      rlimits: rlimits.map(({ type, soft, hard }) => ({ type, soft: unsigned(soft), hard: unsigned(hard) })),
    },
    mounts: config.mounts.map((mount) => portableMount(mount, isDirectory)),
    linux: { ...config.linux, ...(seccomp === undefined ? {} : { seccomp: standardSeccomp(seccomp) }) },
  };
  return `${ociJson(document)}\n`;
}

/** JSON of an OCI document; 64-bit numbers stay exact. */
export function ociJson(document: unknown): string {
  const exact = JSON as unknown as { rawJSON(text: string): unknown };
  return JSON.stringify(document, (_, value: unknown) =>
    typeof value === 'bigint' ? exact.rawJSON(value.toString()) : value,
  );
}

/** "No limit" is -1 here and all ones, as an unsigned number, in the specification. */
function unsigned(limit: number): number | bigint {
  return limit < 0 ? 2n ** 64n - 1n : limit;
}

/** Without our own extension: the width of a comparison. */
function standardSeccomp(seccomp: SeccompConfig): SeccompConfig {
  const syscalls = (seccomp.syscalls ?? []).map((rule) => ({
    ...rule,
    ...(rule.args ? { args: rule.args.map((argument) => withoutWidth(argument)) } : {}),
  }));
  return { ...seccomp, syscalls };
}

function withoutWidth({ index, value, valueTwo, op }: SeccompArgument): SeccompArgument {
  return { index, value, ...(valueTwo === undefined ? {} : { valueTwo }), op };
}
