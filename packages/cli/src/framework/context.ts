import type { Client } from '@wharf/client';
import type { ConfigFile } from '../config/config-file.ts';
import type { Input, Output } from './streams.ts';

/** The flags before the command. */
export interface GlobalOptions {
  readonly config: string;
  readonly context: string;
  readonly debug: boolean;
  readonly hosts: readonly string[];
  readonly logLevel: string;
  readonly tls: boolean;
  readonly tlsVerify: boolean;
}

/** Everything a command may touch. */
export interface CommandContext {
  /** The command as it was called: `wharf container run`. */
  readonly path: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly globals: GlobalOptions;
  /** The user's config.json, read at the first call. */
  config(): ConfigFile;
  /** The engine's address: `unix:///run/wharf/wharf.sock` unless flags or environment say otherwise. */
  host(): string;
  /** The client; no connection is made before its first request. Starts the default engine if it is ours to start. */
  client(): Promise<Client>;
}
