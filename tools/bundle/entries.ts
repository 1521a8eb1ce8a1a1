/** One file that is bundled for use at run time. */
export interface Entry {
  readonly source: string;
  readonly output: string;
}

/** The client's bundle; also compiled to the native program build/wharf. */
export const clientEntry: Entry = { source: 'packages/cli/src/main.ts', output: 'build/cli.cjs' };

/** The program with the command line of OCI runtimes; compiled to build/wharf-oci. */
export const ociEntry: Entry = { source: 'packages/oci-cli/src/main.ts', output: 'build/wharf-oci.cjs' };

export const entries: readonly Entry[] = [
  clientEntry,
  { source: 'packages/daemon/src/main.ts', output: 'build/engine.cjs' },
  ociEntry,
  { source: 'packages/images/src/unpack-worker.ts', output: 'build/unpack-worker.cjs' },
  { source: 'packages/engine/src/archive/archive-worker.ts', output: 'build/archive-worker.cjs' },
  { source: 'packages/engine/src/logs/sender/log-sender.ts', output: 'build/log-sender.cjs' },
];
