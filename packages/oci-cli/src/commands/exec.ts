import { parseCapability } from '@wharf/linux';
import type { OciProcess } from '@wharf/spec';
import { readJson, readProcess } from '../config/read-config.ts';
import { execIn } from '../container/exec.ts';
import { fail } from '../errors.ts';
import { type FlagKinds, type Flags, parseFlags } from '../flags.ts';
import type { Command } from './command.ts';
import { checkPreserved } from './create.ts';

const KINDS = {
  'console-socket': 'value',
  cwd: 'value',
  env: 'list',
  tty: 'flag',
  user: 'value',
  'additional-gids': 'list',
  process: 'value',
  detach: 'flag',
  'pid-file': 'value',
  'process-label': 'value',
  apparmor: 'value',
  'no-new-privs': 'flag',
  cap: 'list',
  'preserve-fds': 'value',
  'ignore-paused': 'flag',
} as const satisfies FlagKinds;
const SHORT = { e: 'env', t: 'tty', u: 'user', g: 'additional-gids', p: 'process', d: 'detach', c: 'cap' } as const;

function id(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw fail('OCI_USAGE', `user and group have to be numbers: ${JSON.stringify(text)}`);
  return Number(text);
}

/** As the container's first process, but for what the options say. */
function fromFlags(own: OciProcess, flags: Flags): OciProcess {
  const args = flags.rest.slice(1);
  if (args.length === 0) throw fail('OCI_USAGE', 'process args cannot be empty');
  const [uid, gid] = (flags.text('user') ?? '').split(':');
  const more = flags.list('cap').map((name) => parseCapability(name));
  const add = (names: readonly string[]) => [...new Set([...names, ...more])];
  const { bounding, effective, permitted, inheritable, ambient } = own.capabilities;
  const capabilities = {
    bounding: add(bounding),
    effective: add(effective),
    permitted: add(permitted),
    inheritable,
    ambient,
  };
  return {
    ...own,
    args,
    terminal: flags.has('tty'),
    cwd: flags.text('cwd') ?? own.cwd,
    env: [...own.env, ...flags.list('env')],
    noNewPrivileges: own.noNewPrivileges || flags.has('no-new-privs'),
    user: {
      ...own.user,
      ...(uid ? { uid: id(uid) } : {}),
      ...(gid ? { gid: id(gid) } : {}),
      additionalGids: [...own.user.additionalGids, ...flags.list('additional-gids').map(id)],
    },
    capabilities,
  };
}

/** `exec ID COMMAND…`, or with --process the document of a process. */
export const exec: Command = (host, args, terminal) => {
  const flags = parseFlags(args, KINDS, SHORT);
  checkPreserved(flags);
  const state = host.states.get(flags.id);
  const file = flags.text('process');
  const document = file === undefined ? undefined : readJson(file);
  const process = document ? readProcess(document) : fromFlags(state.config.process, flags);
  const options = {
    detach: flags.has('detach'),
    consoleSocket: flags.text('console-socket'),
    pidFile: flags.text('pid-file'),
    apparmor: flags.text('apparmor') ?? document?.at('apparmorProfile').text(),
  };
  return execIn(host, state, process, options, terminal);
};
