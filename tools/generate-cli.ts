/** Makes docs/cli.md from the help of the client itself; with --check only compares. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { render } from './bundle/bundle.ts';
import { clientEntry } from './bundle/entries.ts';
import { command } from './lib/command.spawn.ts';
import { Failure, main } from './lib/failure.ts';
import { root } from './lib/tree.ts';

/** Asks the client for the help of a command path; [] is the client itself. */
export type Help = (path: readonly string[]) => Promise<string>;

const target = join(root, 'docs/cli.md');
const HEAD = `# Commands

The help of every command, as \`wharf COMMAND --help\` prints it. This page is made by \`node tools/generate-cli.ts\`. Do
not edit it.
`;

/** The names that a help text lists under "Commands:", "Management Commands:" and the like. */
export function commandsOf(help: string): string[] {
  const lists = [...help.matchAll(/^[\w ]*Commands:\n((?: {2}\S.*\n?)+)/gm)];
  return lists
    .flatMap((list) => (list[1] ?? '').trimEnd().split('\n'))
    .map((line) => /^ {2}(\S+)/.exec(line)?.[1] ?? '');
}

/** The page: groups and their verbs, each command once under its first spelling. */
export async function renderPage(help: Help): Promise<string> {
  const top = await help([]);
  const sections = [section('wharf', top)];
  const names = commandsOf(top).sort();
  const helps = await Promise.all(names.map(async (name) => [name, await help([name])] as const));
  for (const [name, text] of helps) {
    const verbs = commandsOf(text).sort();
    const isShortForm = new RegExp(`^  wharf (?!${name}\\b).*\\bwharf ${name}$`, 'm').test(text);
    if (verbs.length === 0 && isShortForm) continue;
    sections.push(section(`wharf ${name}`, text));
    const below = await Promise.all(verbs.map((verb) => help([name, verb])));
    sections.push(...verbs.map((verb, at) => section(`wharf ${name} ${verb}`, below[at] ?? '')));
  }
  return HEAD + sections.join('');
}

function section(title: string, help: string): string {
  return `\n## ${title}\n\n\`\`\`\n${help.trim()}\n\`\`\`\n`;
}

/** Bundles the client and gives its help; the identity is fixed, so that the page depends on the sources only. */
async function withClient<T>(work: (help: Help) => Promise<T>): Promise<T> {
  const identity = { WHARF_VERSION: '""', WHARF_COMMIT: '""', WHARF_BUILD_TIME: '""' };
  const dir = mkdtempSync(join(tmpdir(), 'wharf-cli-'));
  try {
    const program = join(dir, 'cli.cjs');
    writeFileSync(program, (await render(clientEntry, identity)).text);
    return await work(async (path) => {
      const env = { HOME: '/root', DOCKER_CONFIG: undefined, COLUMNS: undefined };
      const { ok, output } = await command(process.execPath, [program, ...path, '--help'], { env, timeout: 30_000 });
      if (!ok) throw new Failure(`wharf ${path.join(' ')} --help failed:\n${output}`);
      return output;
    });
  } finally {
    rmSync(dir, { recursive: true });
  }
}

if (import.meta.main) {
  await main(async () => {
    const text = await withClient(renderPage);
    if (!process.argv.includes('--check')) writeFileSync(target, text);
    else if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
      throw new Failure('docs/cli.md is stale: run node tools/generate-cli.ts');
    }
  });
}
