import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@wharf/testkit';
import { fail } from './errors.ts';
import { freePort } from './free-port.ts';

/** Debian's docker-registry with a configuration and a directory of its own, on loopback without TLS. */
export class DebianRegistry {
  /** "127.0.0.1:port", as image names begin. */
  readonly host: string;
  readonly #directory: string;
  #process: ChildProcess | undefined;

  private constructor(directory: string, port: number) {
    this.#directory = directory;
    this.host = `127.0.0.1:${port}`;
  }

  static async start(): Promise<DebianRegistry> {
    const directory = mkdtempSync(join(tmpdir(), 'wharf-e2e-registry-'));
    const registry = new DebianRegistry(directory, await freePort());
    const storage = `{filesystem: {rootdirectory: ${join(directory, 'data')}}}`;
    const http = `{addr: "${registry.host}"}`;
    writeFileSync(
      join(directory, 'config.yml'),
      `version: 0.1\nlog: {level: error}\nstorage: ${storage}\nhttp: ${http}\n`,
    );
    try {
      await registry.#start();
      return registry;
    } catch (error) {
      await registry.close();
      throw error;
    }
  }

  async #start(): Promise<void> {
    const log = join(this.#directory, 'log');
    const output = openSync(log, 'a');
    const started = spawn('docker-registry', ['serve', join(this.#directory, 'config.yml')], {
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    this.#process = started;
    await eventually(async () => {
      if (started.exitCode !== null) throw fail('E2E_REGISTRY', readFileSync(log, 'utf8'));
      const answer = await fetch(`http://${this.host}/v2/`).catch(() => undefined);
      return answer?.ok;
    });
  }

  /** Ends the server; what was pushed stays in its directory. */
  async stop(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const ended = once(running, 'exit');
    running.kill('SIGKILL');
    await ended;
  }

  /** Ends the server and deletes its directory. */
  async close(): Promise<void> {
    await this.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
