import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

/** What a program did. */
export interface Ran {
  readonly code: number | null;
  readonly output: string;
}

/** The path of a program; without it the test is skipped, or fails where WHARF_MUST_RUN is 1. */
export function program(t: TestContext, name: string): string | undefined {
  const dirs = (process.env['PATH'] ?? '').split(':');
  const path = dirs.map((dir) => join(dir, name)).find((file) => existsSync(file));
  if (path) return path;
  assert.notEqual(process.env['WHARF_MUST_RUN'], '1', `${name} is not installed, and WHARF_MUST_RUN=1`);
  t.skip(`${name} is not installed`);
  return undefined;
}

/** Runs a program with a home directory of its own. */
export async function run(path: string, args: readonly string[], home: string): Promise<Ran> {
  const child = spawn(path, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: home },
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    output += String(chunk);
  });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.on('error', reject);
  child.on('close', resolve);
  return { code: await promise, output };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** Runs Debian's docker-registry on loopback until the test ends; returns its `host:port`. */
export async function dockerRegistry(t: TestContext, path: string, dir: string): Promise<string> {
  const port = await freePort();
  const config = join(dir, 'registry.yml');
  const storage = `{filesystem: {rootdirectory: ${join(dir, 'data')}}, delete: {enabled: true}}`;
  writeFileSync(config, `version: 0.1\nlog: {level: error}\nstorage: ${storage}\nhttp: {addr: 127.0.0.1:${port}}\n`);
  const child = spawn(path, ['serve', config], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('close', resolve));
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  while (!(await answers(port))) {
    assert.equal(child.exitCode, null, 'docker-registry ended at once');
    await delay(20);
  }
  return `127.0.0.1:${port}`;
}

/** A Hub in a process of its own. `kill` ends it without warning. */
export async function hubProcess(t: TestContext, root: string): Promise<{ url: string; kill(): Promise<void> }> {
  const script = new URL('hub-process.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, root], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  t.after(kill);
  for await (const line of child.stdout) return { url: String(line).trim(), kill };
  throw new TypeError('the Hub process ended at once');
}
