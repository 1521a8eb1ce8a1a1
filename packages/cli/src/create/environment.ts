/** What turning flags into a request needs of the world around the command. */
export interface CreateEnvironment {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The engine's address, for `--use-api-socket`. */
  readonly host: string;
  /** Variables that config.json adds for its proxies, keyed by name. */
  readonly proxies: Readonly<Record<string, string>>;
  /** Rows and columns of our terminal; zeros when there is none. */
  readonly consoleSize: readonly [rows: number, columns: number];
  /** `uid:gid` of who runs this. */
  readonly caller?: string;
  /** Bytes of a file; throws Node's errors. */
  readText(path: string): Buffer;
}
