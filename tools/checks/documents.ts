import { dirname, join } from 'node:path/posix';
import type { Problem } from './problem.ts';

/** Every relative link of every document leads to a file of the tree. `texts` is path -> Markdown. */
export function checkLinks(texts: ReadonlyMap<string, string>, exists: (path: string) => boolean): Problem[] {
  const problems: Problem[] = [];
  for (const [path, text] of texts) {
    for (const match of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      const link = (match[1] ?? '').replace(/#.*$/, '');
      if (link === '' || /^[a-z]+:/.test(link)) continue;
      const line = text.slice(0, match.index).split('\n').length;
      if (!exists(join(dirname(path), link))) problems.push({ where: `${path}:${line}`, what: `dead link: ${link}` });
    }
  }
  return problems;
}

/** docs/dependencies.md gives a reason for each direct dependency (a table row that starts with its name). */
export function checkReasons(page: string, names: Iterable<string>): Problem[] {
  return [...new Set(names)]
    .filter((name) => !name.startsWith('@wharf/') && !page.includes(`\`${name}\``))
    .map((name) => ({
      where: 'docs/dependencies.md',
      what: `says nothing about ${name}: add its row with the reason`,
    }));
}
