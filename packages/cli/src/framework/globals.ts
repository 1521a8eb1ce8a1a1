import { homedir } from 'node:os';
import { join } from 'node:path';
import { flag } from './kinds.ts';

/** The flags before the command, which hold for all commands. */
export function globalFlags(env: Readonly<Record<string, string | undefined>>) {
  const directory = env['DOCKER_CONFIG'] ?? join(env['HOME'] ?? homedir(), '.docker');
  const shown = (name: string) => JSON.stringify(join(directory, name));
  return {
    config: flag.string('config', 'Location of client config files', { initial: directory }),
    context: flag.string(
      'context',
      'Name of the context to use to connect to the engine (overrides DOCKER_HOST env var)',
      { short: 'c' },
    ),
    debug: flag.bool('debug', 'Enable debug mode', { short: 'D' }),
    hosts: flag.list('host', 'Engine socket to connect to', { short: 'H' }),
    logLevel: flag.string('log-level', 'Set the logging level ("debug", "info", "warn", "error", "fatal")', {
      short: 'l',
      initial: 'info',
    }),
    tls: flag.bool('tls', 'Use TLS; implied by --tlsverify'),
    tlsCaCert: flag.string('tlscacert', 'Trust certs signed only by this CA', { shown: shown('ca.pem') }),
    tlsCert: flag.string('tlscert', 'Path to TLS certificate file', { shown: shown('cert.pem') }),
    tlsKey: flag.string('tlskey', 'Path to TLS key file', { shown: shown('key.pem') }),
    tlsVerify: flag.bool('tlsverify', 'Use TLS and verify the remote'),
    version: flag.bool('version', 'Print version information and quit', { short: 'v' }),
  };
}
