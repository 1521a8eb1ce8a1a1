import { createClient } from '@wharf/client';
import { commands } from '../commands/table.ts';
import { readConfigFile } from '../config/config-file.ts';
import { runProgram } from '../framework/dispatch.ts';
import type { Output } from '../framework/streams.ts';
import { processInput } from '../framework/streams.ts';
import type { Outcome } from './real-docker.spawn.ts';

function capture(parts: Buffer[]): Output {
  return {
    isTerminal: false,
    columns: () => 80,
    rows: () => 24,
    write: (data) => parts.push(Buffer.from(data)),
  };
}

/** Runs one of our command lines in this process against an engine. */
export async function runWharf(host: string, config: string, args: readonly string[]): Promise<Outcome> {
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  const [stdout, stderr] = [capture(out), capture(err)];
  const client = createClient({ host });
  const env = { DOCKER_CONFIG: config, DOCKER_HOST: host };
  const code = await runProgram(
    {
      table: commands,
      env,
      stdout,
      stderr,
      context: (path, globals) => ({
        path,
        env,
        cwd: '/',
        stdin: processInput(),
        stdout,
        stderr,
        globals,
        config: () => readConfigFile(config),
        host: () => host,
        client: () => Promise.resolve(client),
      }),
    },
    args,
  );
  client.close();
  return { stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString(), code };
}
