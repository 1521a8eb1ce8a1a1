/** The real `docker` command line against the server, with fakes behind it. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { Duplex } from 'node:stream';
import { describe, it } from 'node:test';
import { WharfError } from '@wharf/kit';
import type { ContainerSummary, EventMessage, ImageSummary, SystemInfo, SystemVersion } from '@wharf/spec';
import type { CreateOptions } from './backends/container.ts';
import type { PartialBackends } from './test/fake-backends.ts';
import { type Harness, startServer } from './test/harness.ts';

const missing = spawnSync('docker', ['--version']).status !== 0;
const skip = missing && process.env['WHARF_MUST_RUN'] !== '1' ? 'no docker client on this machine' : false;

interface Outcome {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function environment(api: Harness): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], DOCKER_HOST: `unix://${api.socketPath}`, DOCKER_CONFIG: api.directory };
}

function docker(api: Harness, args: readonly string[], input?: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile('docker', args, { env: environment(api), timeout: 20_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr });
    });
    child.stdin?.end(input);
  });
}

function frame(stream: 1 | 2, text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

/** A container that, once started, upper-cases its input to standard output, then says so on standard error. */
function shouting(exitCode: number): {
  containers: NonNullable<PartialBackends['containers']>;
  created: CreateOptions[];
} {
  const created: CreateOptions[] = [];
  const exit = Promise.withResolvers<{ StatusCode: number }>();
  const input = Promise.withResolvers<string>();
  let text = '';
  const stream = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
    final(done) {
      input.resolve(text);
      done();
    },
  });
  const containers = {
    create: async (options: CreateOptions) => {
      created.push(options);
      return { Id: 'c'.repeat(64), Warnings: ['a warning'] };
    },
    attach: async () => ({ tty: false, stream }),
    wait: async () => ({ exit: exit.promise }),
    start: async () => {
      void input.promise.then((all) => {
        stream.push(frame(1, all.toUpperCase()));
        stream.push(frame(2, 'done\n'));
        stream.push(null);
        exit.resolve({ StatusCode: exitCode });
      });
    },
    remove: async () => {},
  };
  return { containers, created };
}

describe('the docker client', { skip }, () => {
  it('shows versions and information', async () => {
    const version: SystemVersion = {
      Version: '0.1.0',
      ApiVersion: '1.55',
      MinAPIVersion: '1.24',
      GitCommit: 'abc',
      Os: 'linux',
      Arch: 'amd64',
      KernelVersion: '6.1',
      BuildTime: '2026-11-21T00:00:00Z',
    };
    const info = { ID: 'x', Containers: 3, Images: 2, ServerVersion: '0.1.0', Driver: 'overlay2', OSType: 'linux' };
    await using api = await startServer({
      system: { version: async () => version, info: async () => info as SystemInfo },
    });
    const shown = await docker(api, [
      'version',
      '--format',
      '{{.Server.Version}} {{.Client.APIVersion}} {{.Server.APIVersion}}',
    ]);
    assert.deepEqual([shown.code, shown.stdout], [0, '0.1.0 1.50 1.55\n'], shown.stderr);
    const text = await docker(api, ['info']);
    assert.equal(text.code, 0, text.stderr);
    assert.match(text.stdout, /Server Version: 0\.1\.0/);
  });
  it('lists images and containers', async () => {
    const image: ImageSummary = {
      Id: `sha256:${'a'.repeat(64)}`,
      ParentId: '',
      RepoTags: ['busybox:latest'],
      RepoDigests: [],
      Created: 1,
      Size: 5,
      SharedSize: -1,
      Labels: {},
      Containers: -1,
    };
    const container: ContainerSummary = {
      Id: 'c'.repeat(64),
      Names: ['/web'],
      Image: 'busybox',
      ImageID: image.Id,
      Command: 'sh',
      Created: 1,
      Ports: [{ IP: '0.0.0.0', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' }],
      Labels: {},
      State: 'running',
      Status: 'Up 2 minutes',
      Mounts: [],
    };
    await using api = await startServer({
      images: { list: async () => [image] },
      containers: { list: async () => [container] },
    });
    const images = await docker(api, ['images', '--format', '{{.Repository}}:{{.Tag}} {{.Size}}']);
    assert.equal(images.stdout, 'busybox:latest 5B\n', images.stderr);
    const containers = await docker(api, ['ps', '--format', '{{.Names}} {{.Ports}} {{.Status}}']);
    assert.equal(containers.stdout, 'web 0.0.0.0:8080->80/tcp Up 2 minutes\n', containers.stderr);
  });
  it('shows events', async () => {
    const event: EventMessage = {
      Type: 'container',
      Action: 'start',
      Actor: { ID: 'c1', Attributes: { name: 'web' } },
      time: 1,
      timeNano: 1_000_000_000,
    };
    const events = async () =>
      (async function* () {
        yield event;
      })();
    await using api = await startServer({ system: { events } });
    const shown = await docker(api, ['events', '--until', '2', '--format', '{{.Action}} {{.Actor.ID}}']);
    assert.equal(shown.stdout, 'start c1\n', shown.stderr);
  });
  it('runs a container with its input, both outputs and its exit code', async () => {
    const { containers, created } = shouting(42);
    await using api = await startServer({ containers });
    const ran = await docker(api, ['run', '-i', '--name', 'web', '-m', '64m', 'busybox', 'sh'], 'hello\n');
    assert.deepEqual(ran, { code: 42, stdout: 'HELLO\n', stderr: 'WARNING: a warning\ndone\n' });
    const [options] = created;
    assert.equal(options?.name, 'web');
    assert.equal(options?.config.Image, 'busybox');
    assert.deepEqual(options?.config.Cmd, ['sh']);
    assert.equal(options?.hostConfig.Memory, 64 * 1024 * 1024);
    assert.equal(options?.hostConfig.NetworkMode, 'bridge');
  });
  it('passes 32 MiB through standard input and output', async () => {
    const { containers } = shouting(0);
    await using api = await startServer({ containers });
    const child: ChildProcess = spawn('docker', ['run', '-i', 'busybox'], {
      env: environment(api),
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const block = 'x'.repeat(32 * 1024 * 1024);
    let size = 0;
    child.stdout?.on('data', (chunk: Buffer) => {
      size += chunk.length;
    });
    child.stdin?.end(block);
    const code = await new Promise((resolve) => child.once('close', resolve));
    assert.deepEqual([code, size], [0, block.length]);
  });
  it('pulls a missing image and tries again', async () => {
    const { containers } = shouting(0);
    let pulled = '';
    await using api = await startServer({
      containers: {
        ...containers,
        create: async (options: CreateOptions) => {
          if (pulled === '') throw new WharfError('X', 'not_found', 'No such image: busybox:latest');
          return (await containers.create?.(options, undefined as never)) ?? assert.fail();
        },
      },
      images: {
        pull: async (options) => {
          options.onEvent({ status: 'Pulling from library/busybox', id: 'latest' });
          options.onEvent({ status: 'Downloading', id: 'aaa', progressDetail: { current: 1, total: 2 } });
          options.onEvent({ status: 'Pull complete', id: 'aaa' });
          pulled = options.reference;
        },
      },
    });
    const ran = await docker(api, ['run', '-i', 'busybox'], 'x');
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stderr, /Unable to find image 'busybox:latest' locally\nlatest: Pulling from library\/busybox\n/);
    assert.equal(pulled, 'docker.io/library/busybox:latest');
  });
  it('reports failures in the words of the engine', async () => {
    const start = async () => {
      throw new WharfError('X', 'invalid', 'exec: "nope": executable file not found in $PATH: unknown');
    };
    const { containers } = shouting(0);
    await using api = await startServer({ containers: { ...containers, start } });
    const ran = await docker(api, ['run', 'busybox', 'nope']);
    assert.equal(ran.code, 127);
    assert.match(ran.stderr, /executable file not found/);
    const search = await docker(api, ['search', 'x']);
    assert.match(search.stderr, /searching images is not supported by this engine yet/);
  });
});
