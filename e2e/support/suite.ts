import { after, before, describe, type TestContext, test } from 'node:test';
import { type Cli, engineKind, TestEngine, type TestEngineOptions } from '@wharf/testkit';
import { provideProgramImage } from './program-image.ts';
import { provideImages } from './provide-images.ts';

/** What a suite needs before its first test. */
export interface SuiteOptions {
  /** Images of the library that are pulled before the first test. Default: busybox. */
  readonly images?: readonly string[];
  readonly engine?: TestEngineOptions;
  /** Programs of e2e/programs that an image `programs` shall have in /t. */
  readonly programs?: readonly string[];
}

/** What a scenario gets. */
export interface Scene {
  readonly engine: TestEngine;
  readonly cli: Cli;
  readonly t: TestContext;
}

export type Scenario = (scene: Scene) => Promise<void>;

/** The ways to declare tests on the engine of a suite. */
export interface Suite {
  /** The same scenario with our client and with the real `docker`. */
  both(name: string, scenario: Scenario): void;
  /** A scenario in which the client does not matter; ours is used, or `docker` against the oracle. */
  once(name: string, scenario: Scenario): void;
  /** A scenario that only our engine can pass; skipped against the oracle. */
  ours(name: string, scenario: Scenario): void;
}

const ORACLE = engineKind() === 'dockerd';

class EngineSuite {
  #engine: TestEngine | undefined;

  get engine(): TestEngine {
    if (this.#engine === undefined) throw new TypeError('the engine of a suite exists only while its tests run');
    return this.#engine;
  }

  async start(options: SuiteOptions): Promise<void> {
    this.#engine = await TestEngine.start(options.engine);
    await provideImages(this.#engine, options.images ?? ['busybox']);
    if (options.programs !== undefined) await provideProgramImage(this.#engine, options.programs);
  }

  async stop(): Promise<void> {
    await this.#engine?.stop();
  }

  both(name: string, scenario: Scenario): void {
    if (!ORACLE) this.#declare(`wharf: ${name}`, scenario, () => this.engine.wharf);
    this.#declare(`docker: ${name}`, scenario, () => this.engine.docker);
  }

  once(name: string, scenario: Scenario): void {
    this.#declare(name, scenario, () => (ORACLE ? this.engine.docker : this.engine.wharf));
  }

  ours(name: string, scenario: Scenario): void {
    if (ORACLE) test(name, { skip: 'the oracle has no such thing' }, () => {});
    else this.once(name, scenario);
  }

  #declare(name: string, scenario: Scenario, cli: () => Cli): void {
    test(name, async (t) => {
      const { engine } = this;
      const seen = (await engine.log()).length;
      try {
        await scenario({ engine, cli: cli(), t });
      } catch (error) {
        const log = (await engine.log()).slice(seen).trimEnd();
        if (log !== '') process.stderr.write(`--- engine log during "${name}"\n${log.slice(-8_000)}\n---\n`);
        throw error;
      }
    });
  }
}

/**
 * Declares a suite of end-to-end tests on one real engine, which is started before the first test; after the last one it is
 * stopped and the host must be as it was before.
 */
export function suite(name: string, options: SuiteOptions, declare: (suite: Suite) => void): void {
  describe(name, { timeout: 240_000 }, () => {
    const running = new EngineSuite();
    before(() => running.start(options));
    after(() => running.stop());
    declare({
      both: (title, scenario) => running.both(title, scenario),
      once: (title, scenario) => running.once(title, scenario),
      ours: (title, scenario) => running.ours(title, scenario),
    });
  });
}
