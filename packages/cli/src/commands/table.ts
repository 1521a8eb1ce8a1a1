import type { CommandLoader, CommandTable } from '../framework/command.ts';

/**
 * All commands. Every entry names its module in an `import()` of its own, so that a call loads one verb and nothing of
 * the others. A verb that has a short and a noun form is one entry used twice.
 */
const attach: CommandLoader = { load: () => import('./container/attach.ts') };
const commit: CommandLoader = { load: () => import('./container/commit.ts') };
const cp: CommandLoader = { load: () => import('./container/cp.ts') };
const create: CommandLoader = { load: () => import('./container/create.ts') };
const diff: CommandLoader = { load: () => import('./container/diff.ts') };
const exec: CommandLoader = { load: () => import('./container/exec.ts') };
const exportContainer: CommandLoader = { load: () => import('./container/export.ts') };
const kill: CommandLoader = { load: () => import('./container/kill.ts') };
const logs: CommandLoader = { load: () => import('./container/logs.ts') };
const pause: CommandLoader = { load: () => import('./container/pause.ts') };
const port: CommandLoader = { load: () => import('./container/port.ts') };
const rename: CommandLoader = { load: () => import('./container/rename.ts') };
const restart: CommandLoader = { load: () => import('./container/restart.ts') };
const rm: CommandLoader = { load: () => import('./container/rm.ts') };
const run: CommandLoader = { load: () => import('./container/run.ts') };
const start: CommandLoader = { load: () => import('./container/start.ts') };
const stats: CommandLoader = { load: () => import('./container/stats.ts') };
const stop: CommandLoader = { load: () => import('./container/stop.ts') };
const top: CommandLoader = { load: () => import('./container/top.ts') };
const unpause: CommandLoader = { load: () => import('./container/unpause.ts') };
const update: CommandLoader = { load: () => import('./container/update.ts') };
const wait: CommandLoader = { load: () => import('./container/wait.ts') };
const why: CommandLoader = { load: () => import('./container/why.ts') };
const ps: CommandLoader = { load: () => import('./container/ls.ts') };
const images: CommandLoader = { load: () => import('./image/ls.ts') };
const history: CommandLoader = { load: () => import('./image/history.ts') };
const pull: CommandLoader = { load: () => import('./image/pull.ts') };
const rmi: CommandLoader = { load: () => import('./image/rm.ts') };
const tag: CommandLoader = { load: () => import('./image/tag.ts') };
const events: CommandLoader = { load: () => import('./system/events.ts') };
const info: CommandLoader = { load: () => import('./system/info.ts') };
const inspect: CommandLoader = { load: () => import('./system/inspect.ts') };
const version: CommandLoader = { load: () => import('./system/version.ts') };

export const commands: CommandTable = {
  attach,
  commit,
  cp,
  create,
  diff,
  events,
  exec,
  export: exportContainer,
  history,
  images,
  info,
  inspect,
  kill,
  logs,
  pause,
  port,
  ps,
  pull,
  rename,
  restart,
  rm,
  rmi,
  run,
  start,
  stats,
  stop,
  tag,
  top,
  unpause,
  update,
  version,
  wait,
  why,
  container: {
    short: 'Manage containers',
    aliases: { list: 'ls', ps: 'ls', remove: 'rm' },
    verbs: {
      attach,
      commit,
      cp,
      create,
      diff,
      exec,
      export: exportContainer,
      inspect: { load: () => import('./container/inspect.ts') },
      kill,
      logs,
      ls: ps,
      pause,
      port,
      prune: { load: () => import('./container/prune.ts') },
      rename,
      restart,
      rm,
      run,
      start,
      stats,
      stop,
      top,
      unpause,
      update,
      wait,
      why,
    },
  },
  engine: {
    short: 'Manage the Wharf engine on this machine',
    verbs: {
      logs: { load: () => import('./engine/logs.ts') },
      run: { load: () => import('./engine/run.ts') },
      start: { load: () => import('./engine/start.ts') },
      status: { load: () => import('./engine/status.ts') },
      stop: { load: () => import('./engine/stop.ts') },
    },
  },
  image: {
    short: 'Manage images',
    aliases: { list: 'ls', remove: 'rm' },
    verbs: {
      history,
      inspect: { load: () => import('./image/inspect.ts') },
      ls: images,
      prune: { load: () => import('./image/prune.ts') },
      pull,
      rm: rmi,
      tag,
    },
  },
  system: {
    short: 'Manage Wharf',
    verbs: {
      df: { load: () => import('./system/df.ts') },
      events,
      info,
      prune: { load: () => import('./system/prune.ts') },
    },
  },
  volume: {
    short: 'Manage volumes',
    aliases: { list: 'ls', remove: 'rm' },
    verbs: {
      create: { load: () => import('./volume/create.ts') },
      inspect: { load: () => import('./volume/inspect.ts') },
      ls: { load: () => import('./volume/ls.ts') },
      prune: { load: () => import('./volume/prune.ts') },
      rm: { load: () => import('./volume/rm.ts') },
    },
  },
};
