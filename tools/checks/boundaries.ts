import { isTest } from '../lib/tree.ts';
import { type Graph, packageOf, type Target, targetOf } from './graph.ts';
import type { Problem } from './problem.ts';

/** The layout of tools/boundaries.json. */
export interface Boundaries {
  /** Packages by floor, lowest first. A package imports lower floors only. */
  readonly floors: readonly (readonly string[])[];
  /** The exceptions: imports on one floor, each with its reason. */
  readonly sideways: readonly { readonly from: string; readonly to: string; readonly why: string }[];
  /** Packages that only tests import. */
  readonly testOnly: readonly string[];
  /** Packages that may import less than what is below them. */
  readonly only: Readonly<Record<string, { readonly may: readonly string[]; readonly why: string }>>;
  /** Node's modules that not every package may use. */
  readonly builtins: Readonly<
    Record<string, { only?: readonly string[]; not?: readonly string[]; readonly why: string }>
  >;
}

/** What may be in the program that every command starts. */
export interface ClientLimits {
  readonly kilobytes: number;
  readonly not: readonly string[];
  readonly why: string;
}

/** Checks the client's bundle: its size, and what it loads when it starts. */
export function checkClient(limits: ClientLimits, text: string, imports: readonly string[]): Problem[] {
  const where = 'the client bundle';
  const problems = imports
    .filter((name) => limits.not.includes(name))
    .map((name) => ({ where, what: `imports ${name}: ${limits.why}` }));
  const kilobytes = Math.ceil(Buffer.byteLength(text) / 1000);
  if (kilobytes <= limits.kilobytes) return problems;
  return [
    ...problems,
    { where, what: `${kilobytes} kB, the budget is ${limits.kilobytes}: it is read at every start` },
  ];
}

/** Checks every single import against the floors. */
export function checkImports(rules: Boundaries, graph: Graph): Problem[] {
  const problems: Problem[] = [];
  for (const [path, imports] of graph.files) {
    for (const item of imports) {
      const what = objection(rules, path, targetOf(path, item.specifier));
      if (what !== undefined) problems.push({ where: `${path}:${item.line}`, what });
    }
  }
  return problems;
}

function objection(rules: Boundaries, path: string, target: Target): string | undefined {
  const own = packageOf(path);
  if (target.kind === 'file') {
    if (own !== undefined && !isTest(path) && isTest(target.path)) return `${target.path} is for tests only`;
    if (own === packageOf(target.path)) return undefined;
    return `${target.path} is inside another package: import it through '@wharf/${packageOf(target.path) ?? '…'}'`;
  }
  if (target.kind === 'package' && target.deep) return `deep import: use '@wharf/${target.name}'`;
  if (own === undefined) return undefined;
  if (target.kind === 'package') return packageObjection(rules, own, target.name, isTest(path));
  if (target.kind === 'builtin' && !isTest(path)) return builtinObjection(rules, own, target.name);
  return undefined;
}

function packageObjection(rules: Boundaries, own: string, other: string, test: boolean): string | undefined {
  if (own === other) return 'a package imports its own files by relative path';
  if (rules.testOnly.includes(other)) return test ? undefined : `@wharf/${other} is for tests only`;
  if (rules.testOnly.includes(own)) return undefined;
  const floorOf = (name: string) => rules.floors.findIndex((floor) => floor.includes(name));
  const [from, to] = [floorOf(own), floorOf(other)];
  if (from < 0 || to < 0) return `@wharf/${from < 0 ? own : other} has no floor in tools/boundaries.json`;
  if (rules.sideways.some((edge) => edge.from === own && edge.to === other)) return undefined;
  if (to === from) return `sideways: ${own} and ${other} are both on floor ${from}; meet through an interface above`;
  if (to > from) return `upward: ${own} (floor ${from}) must not know ${other} (floor ${to})`;
  const limit = test ? undefined : rules.only[own];
  if (limit && !limit.may.includes(other)) return `${own} may import ${limit.may.join(', ')} only: ${limit.why}`;
  return undefined;
}

function builtinObjection(rules: Boundaries, own: string, name: string): string | undefined {
  const rule = rules.builtins[name];
  if (!rule) return undefined;
  const banned = rule.not?.includes(own) === true || (rule.only !== undefined && !rule.only.includes(own));
  return banned ? `${own} must not import ${name}: ${rule.why}` : undefined;
}
