import { readFileSync, writeFileSync } from 'node:fs';

const FILES = ['/etc/subuid', '/etc/subgid'] as const;

/** Lines of /etc/subuid and /etc/subgid that tests need; `remove` takes exactly these away again. */
export class SubordinateIds {
  readonly #lines: readonly string[];

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  #change(work: (lines: string[]) => string[]): void {
    for (const file of FILES) {
      const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
      writeFileSync(
        file,
        work(lines.filter((line) => !this.#lines.includes(line)))
          .map((line) => `${line}\n`)
          .join(''),
      );
    }
  }

  add(): void {
    this.#change((lines) => [...lines, ...this.#lines]);
  }

  remove(): void {
    this.#change((lines) => lines);
  }
}
