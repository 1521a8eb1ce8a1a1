import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ID, type RunningContainer, type Script, startContainerEngine } from '../../testing/container-engine.ts';
import { type Runtime, runProcess, runtimes, type WharfOptions } from '../../testing/wharf-process.spawn.ts';

/** Runs one command line against an engine that acts the script out; gives the outcome and the requests. */
async function act(
  runtime: Runtime,
  script: Script,
  args: readonly string[],
  options: Omit<WharfOptions, 'host'> = {},
) {
  const engine = await startContainerEngine(script);
  try {
    const outcome = await runProcess(runtime, args, { ...options, host: engine.host });
    const requests = engine.seen.map(({ method, path }) => `${method} ${path.replace(ID, 'ID')}`);
    return { ...outcome, requests, seen: engine.seen };
  } finally {
    await engine.close();
  }
}

const speak = (container: RunningContainer): void => {
  container.write(1, 'to stdout\n');
  container.write(2, 'to stderr\n');
  container.end();
};

const HELP = "\n\nRun 'wharf run --help' for more information\n";

for (const runtime of runtimes) {
  describe(`run, with ${runtime.name}`, { concurrency: true }, () => {
    test('attaches and waits before it starts, shows both streams, ends with the exit status', async () => {
      const got = await act(runtime, { exitCode: 42, onStart: speak }, ['run', '--rm', 'busybox']);
      assert.equal(got.stdout, 'to stdout\n');
      assert.equal(got.stderr, 'to stderr\n');
      assert.equal(got.code, 42);
      assert.deepEqual(got.requests.slice(0, 2), ['HEAD /_ping', 'POST /containers/create']);
      const dance = ['POST /containers/ID/attach', 'POST /containers/ID/wait'];
      assert.deepEqual(got.requests.slice(2, 4).sort(), dance);
      assert.deepEqual(got.requests.slice(4), ['POST /containers/ID/start']);
      assert.equal(got.seen.find(({ path }) => path.endsWith('/wait'))?.query['condition'], 'removed');
    });

    test('pulls a missing image, with progress on stderr, and creates again', async () => {
      const got = await act(runtime, { missing: true, warnings: ['careful'], onStart: speak }, ['run', 'busybox']);
      assert.equal(got.stdout, 'to stdout\n');
      const progress = 'latest: Pulling from library/busybox\nlayer: Pulling fs layer\nlayer: Pull complete\n';
      const status = 'Status: Downloaded newer image for busybox:latest\n';
      const head = "Unable to find image 'busybox:latest' locally\n";
      assert.equal(got.stderr, `${head}${progress}${status}WARNING: careful\nto stderr\n`);
      const pull = got.seen.find(({ path }) => path === '/images/create');
      assert.deepEqual(pull?.query, { fromImage: 'docker.io/library/busybox', tag: 'latest' });
    });

    test('-q pulls without a word, --pull never does not pull', async () => {
      const quiet = await act(runtime, { missing: true, onStart: speak }, ['run', '-q', 'busybox']);
      assert.equal(quiet.stderr, 'to stderr\n');
      const never = await act(runtime, { missing: true }, ['run', '--pull', 'never', 'busybox']);
      assert.equal(never.stderr, `wharf: Error response from daemon: No such image: busybox:latest${HELP}`);
      assert.equal(never.code, 125);
    });

    test('in the background it prints the ID and leaves', async () => {
      const got = await act(runtime, {}, ['run', '-d', 'busybox']);
      assert.deepEqual([got.stdout, got.code], [`${ID}\n`, 0]);
      assert.deepEqual(got.requests.slice(2), ['POST /containers/ID/start']);
    });

    test('a failed start gives 127, 126 or 125 by its reason', async () => {
      for (const [startFails, code] of [
        ['exec: "x": executable file not found in $PATH: unknown', 127],
        ['exec: "/etc": permission denied: unknown', 126],
        ['exec: "/etc": is a directory: unknown', 126],
        ['something else', 125],
      ] as const) {
        const got = await act(runtime, { startFails }, ['run', '--rm', 'busybox', 'x']);
        assert.equal(got.stderr, `wharf: Error response from daemon: ${startFails}${HELP}`);
        assert.equal(got.code, code);
      }
    });

    test('our input goes to the container, and its end is told while output goes on', async () => {
      let read = '';
      const script: Script = {
        onInput: (text) => {
          read += text;
        },
        onInputEnd(container) {
          container.write(1, `got ${read.length} bytes\n`);
          container.end();
        },
      };
      const got = await act(runtime, script, ['run', '-i', 'busybox', 'cat'], { input: 'x'.repeat(300_000) });
      assert.deepEqual([got.stdout, got.stderr, got.code], ['got 300000 bytes\n', '', 0]);
    });

    test('much output arrives whole', async () => {
      const onStart = (container: RunningContainer): void => {
        for (let at = 0; at < 64; at += 1) container.write(1, 'y'.repeat(100_000));
        container.end();
      };
      const got = await act(runtime, { onStart }, ['run', 'busybox']);
      assert.equal(got.stdout.length, 6_400_000);
    });

    test('signals are passed on to the container', async () => {
      const script: Script = {
        exitCode: 143,
        onStart: (container) => container.write(1, 'ready\n'),
        onKill(signal, container) {
          container.write(1, `${signal}\n`);
          container.end();
        },
      };
      const options = {
        onOutput: (text: string, child: { kill(signal: NodeJS.Signals): boolean }) => {
          if (text === 'ready\n') child.kill('SIGTERM');
        },
      };
      const got = await act(runtime, script, ['run', 'busybox'], options);
      assert.deepEqual([got.stdout, got.code], ['ready\nTERM\n', 143]);
    });

    test('the third interrupt ends the client, whatever the container does', async () => {
      const script: Script = {
        onStart: (container) => container.write(1, 'ready\n'),
        onKill: (signal, container) => container.write(1, `${signal}\n`),
      };
      const got = await act(runtime, script, ['run', 'busybox'], {
        onOutput(text, child) {
          if (!text.includes('got 3')) child.kill('SIGINT');
        },
      });
      assert.match(got.stdout, /^ready\nINT\nINT\n/);
      assert.deepEqual([got.stderr, got.code], ['\ngot 3 SIGTERM/SIGINTs, forcefully exiting\n', 1]);
    });

    test('Ctrl-C during a pull takes the pull back', async () => {
      const options = {
        onOutput: (text: string, child: { kill(signal: NodeJS.Signals): boolean }) => {
          if (text.includes('Status:')) child.kill('SIGINT');
        },
      };
      const got = await act(runtime, { missing: true, endless: true }, ['run', 'busybox'], options);
      assert.match(got.stderr, /context canceled/);
      assert.notEqual(got.code, 0);
    });

    test('a reader that goes away ends it quietly', async () => {
      const onStart = (container: RunningContainer): void => {
        const more = setInterval(() => container.write(1, 'y'.repeat(10_000)), 5);
        setTimeout(() => clearInterval(more), 10_000).unref();
      };
      const options = {
        onOutput: (_: string, child: { stdout: { destroy(): void } | null }) => {
          child.stdout?.destroy();
        },
      };
      const got = await act(runtime, { onStart }, ['run', 'busybox'], options);
      assert.deepEqual([got.stderr, got.code], ['', 141]);
    });

    test('in a terminal keys go through raw, the size is told, and the terminal is as before afterwards', async () => {
      const script: Script = {
        tty: true,
        exitCode: 3,
        onStart: (container) => container.write(1, 'line\r\nprompt# '),
        onInput(text, container) {
          container.write(1, `<${JSON.stringify(text)}>`);
          container.end();
        },
      };
      let typed = false;
      const got = await act(runtime, script, ['run', '-it', 'busybox', 'sh'], {
        terminal: true,
        onOutput(text, child) {
          if (!typed && text.includes('prompt# ')) child.stdin?.write('\u0003');
          typed ||= text.includes('prompt# ');
        },
      });
      assert.equal(got.code, 3);
      assert.match(got.stdout, /prompt# <"\\u0003">[\s\S]*\bicanon/);
      assert.doesNotMatch(got.stdout, /-icanon/);
      // The container's own line ends must come through as they are.
      assert.match(got.stdout, /line\r\nprompt/);
      const size = got.seen.find(({ path }) => path.endsWith('/resize'));
      assert.deepEqual(size?.query, { h: '30', w: '90' });
      const create = got.seen.find(({ path }) => path === '/containers/create');
      const body = (create?.body ?? {}) as { HostConfig?: { ConsoleSize: unknown } };
      assert.deepEqual(body.HostConfig?.ConsoleSize, [30, 90]);
    });

    test('the detach keys leave the container running', async () => {
      let read = '';
      const script: Script = {
        tty: true,
        onStart: (container) => container.write(1, 'prompt# '),
        onInput: (text) => {
          read += text;
        },
      };
      const got = await act(runtime, script, ['run', '-it', '--detach-keys', 'ctrl-a,x', 'busybox'], {
        terminal: true,
        onOutput(text, child) {
          if (text.includes('prompt# ')) child.stdin?.write('hi\u0001x');
        },
      });
      assert.deepEqual([got.code, read], [0, 'hi']);
    });

    test('a terminal is refused where the input is none', async () => {
      const got = await act(runtime, {}, ['run', '-it', 'busybox']);
      assert.deepEqual([got.stderr, got.code, got.requests], ['the input device is not a TTY\n', 1, []]);
    });

    test('attach joins a running container and ends with its status', async () => {
      const script: Script = {
        exitCode: 5,
        onInputEnd(container) {
          container.write(2, 'bye\n');
          container.end();
        },
      };
      const got = await act(runtime, script, ['attach', 'web']);
      assert.deepEqual([got.stdout, got.stderr, got.code], ['', 'bye\n', 5]);
    });

    test('start -ai does as run does with a container that is there', async () => {
      const script: Script = { exitCode: 6, onInputEnd: speak };
      const got = await act(runtime, script, ['start', '-ai', 'web']);
      assert.deepEqual([got.stdout, got.stderr, got.code], ['to stdout\n', 'to stderr\n', 6]);
    });

    test('without an engine it says where it looked and what to do', async () => {
      const got = await runProcess(runtime, ['run', 'busybox'], { host: 'unix:///nonexistent/wharf.sock' });
      const message = 'Cannot connect to the Wharf engine at unix:///nonexistent/wharf.sock. Is the engine running?';
      assert.ok(got.stderr.startsWith(`wharf: ${message}${HELP}`), got.stderr);
      assert.match(got.stderr, /wharf engine start/);
      assert.equal(got.code, 125);
    });
  });
}
