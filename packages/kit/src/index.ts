export { syncDirectory, writeFileAtomic } from './atomic-file.ts';
export { type Clock, systemClock } from './clock.ts';
export { Database, databaseErrors, isDiskFull, type Row, type Schema } from './database.ts';
export {
  defineErrors,
  type ErrorDefinition,
  type ErrorFacts,
  type ErrorKind,
  type ErrorTable,
  errnoOf,
  type Fail,
  isCode,
  isKind,
  messageOf,
  WharfError,
} from './errors.ts';
export { EventBus } from './event-bus.ts';
export { type Forwarding, isForwarding, type OutputSink } from './forwarding.ts';
export { type Logger, silentLogger } from './log.ts';
export { type ProcessStat, processStat } from './process-stat.ts';
