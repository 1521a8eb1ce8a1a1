import type { Client } from '@wharf/client';
import { commands } from './commands/table.ts';
import { readConfigFile } from './config/config-file.ts';
import { DEFAULT_HOST, LOG_FILE } from './engine/places.ts';
import { exitError } from './errors.ts';
import type { CommandContext, GlobalOptions } from './framework/context.ts';
import type { Program } from './framework/dispatch.ts';
import { descriptorOutput, processInput } from './framework/streams.ts';

type Env = Readonly<Record<string, string | undefined>>;

function chooseHost(env: Env, globals: GlobalOptions): string {
  if (globals.hosts.length > 1) throw exitError('specify only one -H', 1);
  if (globals.tls || globals.tlsVerify) {
    throw exitError(
      'TLS connections to an engine are not supported yet; use unix:// or a tcp:// address without TLS',
      1,
    );
  }
  const { context } = globals;
  if (globals.hosts.length === 1 && context !== '') {
    throw exitError('conflicting options: cannot specify both --host and --context', 1);
  }
  // The flags win, then the address of the environment, then its context.
  const address = context === '' ? env['WHARF_HOST'] || env['DOCKER_HOST'] : '';
  const named = globals.hosts[0] ?? address;
  const chosen = context || (named ? '' : (env['DOCKER_CONTEXT'] ?? ''));
  if (chosen !== '' && chosen !== 'default') {
    throw exitError(`context ${JSON.stringify(chosen)} does not exist; only "default" is known`, 1);
  }
  if (!named) return DEFAULT_HOST;
  return named.includes('://') ? named : `tcp://${named}`;
}

/** The program over the process' own streams. `close` lets go of whatever would keep the process alive. */
export function createProgram(env: Env, cwd: string): Program & { close(): void } {
  const [stdout, stderr, stdin] = [descriptorOutput(1), descriptorOutput(2), processInput()];
  const clients: Client[] = [];
  const start = async (): Promise<void> => {
    stderr.write(`wharf: starting the engine in the background (its log: ${LOG_FILE}) …\n`);
    const { startEngine } = await import('./engine/start.spawn.ts');
    await startEngine(env);
  };
  const makeContext = (path: string, globals: GlobalOptions): CommandContext => {
    const once: { client?: Promise<Client> } = {};
    const host = (): string => chooseHost(env, globals);
    const config = () => readConfigFile(globals.config);
    const connect = async (): Promise<Client> => {
      const { createClient } = await import('@wharf/client');
      const version = env['DOCKER_API_VERSION'];
      const headers = config().HttpHeaders ?? {};
      const onUnreachable = host() === DEFAULT_HOST && process.getuid?.() === 0 ? { onUnreachable: start } : {};
      const client = createClient({ host: host(), headers, ...onUnreachable, ...(version ? { version } : {}) });
      clients.push(client);
      return client;
    };
    return {
      path,
      env,
      cwd,
      stdin,
      stdout,
      stderr,
      globals,
      config,
      host,
      client: () => (once.client ??= connect()),
    };
  };
  return {
    table: commands,
    env,
    stdout,
    stderr,
    context: makeContext,
    close() {
      for (const client of clients) client.close();
      if (stdin.opened()) stdin.stream().destroy();
    },
  };
}
