import { createHash } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Cli } from '../command/cli.ts';
import { RunningCommand, runCommand } from '../command/command.spawn.ts';
import { fail } from '../errors.ts';
import { eventually } from '../eventually.ts';
import { zombiesOf } from '../leaks/host-state.ts';
import { LeakCheck } from '../leaks/leak-check.ts';
import { type ApiAnswer, callApi } from './api.ts';
import { dockerdLaunch, type Launch, wharfLaunch, wharfProgram } from './launch.ts';
import type { EngineKind, EnginePlaces, TestEngineOptions } from './options.ts';

/** Which engine the tests run against: ours, or Debian's dockerd as the oracle for what the tests expect. */
export function engineKind(): EngineKind {
  return process.env['WHARF_E2E_ENGINE'] === 'dockerd' ? 'dockerd' : 'wharf';
}

function placesFor(options: TestEngineOptions): EnginePlaces {
  const directory = options.directory ?? mkdtempSync('/dev/shm/wharf-e2e-');
  const token = directory.slice(-6).replace(/[^A-Za-z0-9]/g, 'x');
  return {
    directory,
    dataRoot: options.dataRoot ?? join(directory, 'data'),
    execRoot: join(directory, 'exec'),
    socket: join(directory, 'engine.sock'),
    bridge: `wht${token}`,
    logFile: join(directory, 'engine.log'),
  };
}

/** Takes away what a failed run has left behind ($1 bridge, $2 directory), so that the next one starts from nothing. */
const SWEEP = `
cat /sys/fs/cgroup/*/wharf-$1/*/cgroup.procs /sys/fs/cgroup/wharf-$1/*/cgroup.procs 2>/dev/null | sort -u | xargs -r kill -9
awk -v d="$2/" 'index($5, d) == 1 { print $5 }' /proc/self/mountinfo | sort -r | xargs -r umount -l
ip link del "$1" 2>/dev/null
nft delete table inet "wharf-$1" 2>/dev/null
for at in 1 2 3 4 5; do
  find /sys/fs/cgroup -depth -type d -path "*/wharf-$1*" -exec rmdir {} + 2>/dev/null && break
  sleep 0.1
done
true
`;

/**
 * A real engine with roots, socket and bridge of its own. `stop` ends it and asserts that nothing of it is left on the
 * host; `kill9` and `start` again show what survives.
 */
export class TestEngine {
  readonly places: EnginePlaces;
  readonly wharf: Cli;
  readonly docker: Cli;
  readonly #options: TestEngineOptions;
  readonly #kind: EngineKind;
  readonly #leaks: LeakCheck;
  #process: RunningCommand | undefined;

  private constructor(places: EnginePlaces, options: TestEngineOptions, leaks: LeakCheck) {
    this.places = places;
    this.#options = options;
    this.#kind = options.kind ?? engineKind();
    this.#leaks = leaks;
    const env = {
      PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: places.directory,
      DOCKER_HOST: `unix://${places.socket}`,
      WHARF_HOST: `unix://${places.socket}`,
      DOCKER_CONFIG: join(places.directory, 'client-config'),
    };
    this.wharf = new Cli('wharf', wharfProgram(), env);
    this.docker = new Cli('docker', ['docker'], env);
  }

  /** Starts an engine and waits until it listens. */
  static async start(options: TestEngineOptions = {}): Promise<TestEngine> {
    const places = placesFor(options);
    await mkdir(places.directory, { recursive: true });
    const engine = new TestEngine(places, options, await LeakCheck.start());
    try {
      await engine.start();
    } catch (error) {
      await engine.#cleanUp();
      throw error;
    }
    return engine;
  }

  /** The process id of the engine. */
  get pid(): number {
    return this.#process?.pid ?? -1;
  }

  /** Starts the engine on the same roots, the first time or after `kill9` or `terminate`. */
  async start(): Promise<void> {
    const launch = await this.#launch();
    const { logFile } = this.places;
    const seen = (await this.log()).length;
    // Into a file: what the engine starts must not hold, or miss, a pipe to the test.
    const started = new RunningCommand(['sh', '-c', 'exec "$@" >>"$0" 2>&1', logFile, ...launch.argv], {
      env: { PATH: process.env['PATH'] ?? '', HOME: this.places.directory, ...this.#options.env },
      timeout: 15 * 60_000,
    });
    this.#process = started;
    let over = false;
    const ended = started.exited.then(async (result) => {
      over = true;
      const said = (await this.log()).slice(seen);
      throw fail('TEST_ENGINE_FAILED', `the engine ended with ${result.code}:\n${said}`);
    });
    // Only the wait for its start cares how the engine ends; later ends are those that a test asks for.
    ended.catch(() => {});
    const ready = async (): Promise<boolean> => over || launch.ready.test((await this.log()).slice(seen));
    const listening = eventually(ready, { within: 60_000, every: 10 });
    listening.catch(() => {});
    await Promise.race([ended, listening]);
    if (over) await ended;
  }

  /** Kills the engine as a crash would; containers are left alone. */
  async kill9(): Promise<void> {
    await this.#leaks.observe(this.places);
    this.#process?.kill('SIGKILL');
    await this.#process?.exited;
  }

  /** Ends the engine by SIGTERM and gives its exit code; containers run on. */
  async terminate(): Promise<number> {
    this.#process?.kill('SIGTERM');
    const result = await this.#process?.exited;
    this.#process = undefined;
    return result?.code ?? 0;
  }

  /** One plain API request. */
  api(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<ApiAnswer> {
    return callApi(this.places.socket, method, path, body, headers);
  }

  /** Everything that the engine has written so far, of earlier starts too. */
  async log(): Promise<string> {
    return await readFile(this.places.logFile, 'utf8').catch(() => '');
  }

  /** Fails unless the engine has reaped all its children. */
  async assertNoZombies(): Promise<void> {
    await eventually(async () => {
      const zombies = await zombiesOf(this.pid);
      if (zombies.length > 0) throw fail('TEST_LEAK', `zombies: ${zombies.join(', ')}`);
      return true;
    });
  }

  /** Removes all containers, running or not. */
  async removeContainers(): Promise<void> {
    const { json } = await this.api('GET', '/containers/json?all=1');
    for (const { Id } of json as { Id: string }[]) await this.api('DELETE', `/containers/${Id}?force=1&v=1`);
  }

  /** Removes the containers, ends the engine, asserts that nothing is left, and deletes its directories. */
  async stop(): Promise<void> {
    try {
      if (this.#process !== undefined) {
        await this.#leaks.observe(this.places);
        await this.removeContainers();
        await this.assertNoZombies();
        const code = await this.terminate();
        if (code !== 0) throw fail('TEST_ENGINE_FAILED', `the engine ended with ${code}:\n${await this.log()}`);
      }
      if (this.#kind === 'wharf') await this.#leaks.assertClean(this.places);
    } finally {
      await this.#cleanUp();
    }
  }

  async #launch(): Promise<Launch> {
    if (this.#kind === 'dockerd') {
      const { bridge } = this.places;
      const octet = Number.parseInt(createHash('sha256').update(bridge).digest('hex').slice(0, 2), 16) % 250;
      const make = `ip link show ${bridge} >/dev/null 2>&1 || { ip link add ${bridge} type bridge; ip addr add 10.213.${octet}.1/24 dev ${bridge}; ip link set ${bridge} up; }`;
      await runCommand(['sh', '-c', make], { env: { PATH: process.env['PATH'] ?? '' } });
      return dockerdLaunch(this.places, this.#options.oracle ?? []);
    }
    let configFile: string | undefined;
    if (this.#options.config !== undefined) {
      configFile = join(this.places.directory, 'engine.json');
      await writeFile(configFile, JSON.stringify(this.#options.config));
    }
    return wharfLaunch(this.places, this.#options, configFile);
  }

  async #cleanUp(): Promise<void> {
    this.#process?.kill('SIGKILL');
    const env = { PATH: process.env['PATH'] ?? '' };
    await runCommand(['sh', '-c', SWEEP, 'sh', this.places.bridge, this.places.directory], { env });
    await rm(this.places.directory, { recursive: true, force: true });
  }
}
