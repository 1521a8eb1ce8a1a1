import { posix } from 'node:path';
import { type ContainerConfig, parseGoDuration } from '@wharf/spec';
import { parseSignal } from '../containers/signals.ts';
import { fail } from '../errors.ts';
import { exposedPorts } from './exposed-ports.ts';
import { type Instruction, jsonList, readInstructions } from './instructions.ts';
import { expandWord, splitWords } from './words.ts';

type Config = { -readonly [Key in keyof ContainerConfig]: ContainerConfig[Key] };
type Handler = (config: Config, rest: string, state: State) => void;

interface State {
  /** A CMD among the changes: an ENTRYPOINT after it leaves it alone. */
  commandSet: boolean;
}

const SHELL = ['/bin/sh', '-c'];

function bad(message: string): Error {
  return fail('BAD_CHANGE', message);
}

function environment(config: Config): Map<string, string> {
  return new Map(
    (config.Env ?? []).map((entry) => {
      const equals = entry.indexOf('=');
      return equals < 0 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
}

function commandLine(config: Config, rest: string): string[] {
  return jsonList(rest) ?? [...(config.Shell?.length ? config.Shell : SHELL), ...(rest === '' ? [] : [rest])];
}

/** `name=value …`, or the old form `name rest of the line`. */
function pairs(name: string, rest: string): [string, string][] {
  if (rest === '') throw bad(`${name} requires at least one argument`);
  const words = splitWords(rest);
  if (!words[0]?.includes('=')) {
    const [, key = '', value] = /^(\S+)\s+(.*)$/s.exec(rest) ?? [];
    if (value === undefined) throw bad(`${name} must have two arguments`);
    return [[key, value]];
  }
  return words.map((word) => {
    const equals = word.indexOf('=');
    if (equals < 0)
      throw bad(`Syntax error - can't find = in ${JSON.stringify(word)}. Must be of the form: name=value`);
    return [word.slice(0, equals), word.slice(equals + 1)];
  });
}

function expandedPairs(config: Config, name: string, rest: string): [string, string][] {
  const env = environment(config);
  return pairs(name, rest).map(([key, value]) => {
    const expanded = expandWord(key, env);
    if (expanded === '') throw bad(`${name} names can not be blank`);
    return [expanded, expandWord(value, env)];
  });
}

function words(config: Config, name: string, rest: string): string[] {
  if (rest === '') throw bad(`${name} requires at least one argument`);
  const env = environment(config);
  return (jsonList(rest) ?? splitWords(rest)).map((word) => expandWord(word, env));
}

function single(config: Config, name: string, rest: string): string {
  if (rest === '') throw bad(`${name} requires exactly one argument`);
  return expandWord(rest, environment(config));
}

function setEnvironment(config: Config, rest: string): void {
  const list = [...(config.Env ?? [])];
  for (const [key, value] of expandedPairs(config, 'ENV', rest)) {
    const found = list.findIndex((entry) => entry === key || entry.startsWith(`${key}=`));
    if (found < 0) list.push(`${key}=${value}`);
    else list[found] = `${key}=${value}`;
  }
  config.Env = list;
}

function setHealthcheck(config: Config, rest: string): void {
  if (rest === '') throw bad('HEALTHCHECK requires at least one argument');
  const flags = new Map<string, string>();
  let text = rest;
  for (let match = /^--(\S*)\s*/.exec(text); match; match = /^--(\S*)\s*/.exec(text)) {
    const [flag = '', value = ''] = (match[1] ?? '').split(/=(.*)/s);
    if (!HEALTH_FLAGS.has(flag)) throw bad(`unknown flag: --${flag}`);
    flags.set(flag, value);
    text = text.slice(match[0].length);
  }
  const [, type = '', command = ''] = /^(\S+)\s*(.*)$/s.exec(text) ?? [];
  if (type.toUpperCase() === 'NONE') {
    if (command !== '') throw bad('HEALTHCHECK NONE takes no arguments');
    config.Healthcheck = { Test: ['NONE'] };
    return;
  }
  if (type.toUpperCase() !== 'CMD')
    throw bad(`Unknown type ${JSON.stringify(type.toUpperCase())} in HEALTHCHECK (try CMD)`);
  if (command === '') throw bad('Missing command after HEALTHCHECK CMD');
  const list = jsonList(command);
  config.Healthcheck = {
    Test: list ? ['CMD', ...list] : ['CMD-SHELL', command],
    ...duration('Interval', flags.get('interval')),
    ...duration('Timeout', flags.get('timeout')),
    ...duration('StartPeriod', flags.get('start-period')),
    ...duration('StartInterval', flags.get('start-interval')),
    ...retries(flags.get('retries')),
  };
}

const HEALTH_FLAGS = new Set(['interval', 'timeout', 'start-period', 'start-interval', 'retries']);
const MILLISECOND = 1_000_000n;

function duration(member: string, text: string | undefined): Record<string, number> {
  if (text === undefined || text === '') return {};
  const nanoseconds = parseGoDuration(text);
  if (nanoseconds < 0n || (nanoseconds > 0n && nanoseconds < MILLISECOND)) {
    throw bad(`Interval ${JSON.stringify(member.toLowerCase())} cannot be less than 1ms`);
  }
  return nanoseconds === 0n ? {} : { [member]: Number(nanoseconds) };
}

function retries(text: string | undefined): Record<string, number> {
  if (text === undefined || text === '') return {};
  if (!/^[+-]?\d{1,9}$/.test(text)) throw bad(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  const count = Number(text);
  if (count < 0) throw bad(`--retries cannot be negative (${count})`);
  return count === 0 ? {} : { Retries: count };
}

const HANDLERS: Readonly<Record<string, Handler>> = {
  CMD(config, rest, state) {
    config.Cmd = commandLine(config, rest);
    state.commandSet = true;
  },
  ENTRYPOINT(config, rest, state) {
    config.Entrypoint = commandLine(config, rest);
    if (!state.commandSet) delete config.Cmd;
  },
  ENV: setEnvironment,
  EXPOSE(config, rest) {
    config.ExposedPorts = { ...config.ExposedPorts, ...exposedPorts(words(config, 'EXPOSE', rest).filter(Boolean)) };
  },
  HEALTHCHECK: setHealthcheck,
  LABEL(config, rest) {
    config.Labels = { ...config.Labels, ...Object.fromEntries(expandedPairs(config, 'LABEL', rest)) };
  },
  ONBUILD(config, rest) {
    if (rest === '') throw bad('ONBUILD requires at least one argument');
    const trigger = (/^\S+/.exec(rest)?.[0] ?? '').toUpperCase();
    if (trigger === 'ONBUILD') throw bad("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
    if (trigger === 'FROM' || trigger === 'MAINTAINER') throw bad(`${trigger} isn't allowed as an ONBUILD trigger`);
    config.OnBuild = [...(config.OnBuild ?? []), rest];
  },
  STOPSIGNAL(config, rest) {
    const signal = single(config, 'STOPSIGNAL', rest);
    parseSignal(signal);
    config.StopSignal = signal;
  },
  USER(config, rest) {
    config.User = single(config, 'USER', rest);
  },
  VOLUME(config, rest) {
    const paths = words(config, 'VOLUME', rest).map((path) => path.trim());
    if (paths.includes('')) throw bad('VOLUME specified can not be an empty string');
    config.Volumes = { ...config.Volumes, ...Object.fromEntries(paths.map((path) => [path, {}])) };
  },
  WORKDIR(config, rest) {
    config.WorkingDir = posix.resolve('/', config.WorkingDir || '/', single(config, 'WORKDIR', rest));
  },
};

/** The configuration with the changes made, each an instruction of a Dockerfile. Throws BAD_CHANGE in Docker's words. */
export function applyChanges(config: ContainerConfig, changes: readonly string[]): ContainerConfig {
  if (changes.length === 0) return config;
  const changed: Config = { ...config };
  const state: State = { commandSet: false };
  for (const { name, rest } of readInstructions(changes) satisfies Instruction[])
    HANDLERS[name]?.(changed, rest, state);
  return changed;
}
