import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileTree } from '../support/file-tree.ts';
import { labels, type Recipe } from '../support/recipe.ts';
import { run } from '../support/run.spawn.ts';

const FLAGS = ['-static', '-nostdlib', '-ffreestanding', '-Os', '-s', '-Wall', '-Wextra', '-Werror'];
const SMALL = [
  '-fno-stack-protector',
  '-fno-asynchronous-unwind-tables',
  '-fcf-protection=none',
  '-Wl,--build-id=none',
];

/** hello-world: one static program that says what has just happened. */
export const helloWorld: Recipe = {
  name: 'hello-world',
  summary: 'a greeting that tells what has just happened',
  async build(context) {
    const program = join(context.scratchDir, 'hello');
    const source = join(context.sourceDir, 'hello.c');
    const small = context.architecture === 'amd64' ? SMALL : SMALL.filter((flag) => !flag.includes('cf-protection'));
    await run('gcc', [...FLAGS, ...small, '-Wl,-z,noseparate-code', '-o', program, source], { package: 'gcc' });
    return [
      {
        tags: ['latest', 'linux'],
        config: {
          Cmd: ['/hello'],
          Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
          WorkingDir: '/',
          Labels: labels(
            'hello-world',
            '1',
            'One static program written for Wharf, built from library/hello-world/hello.c; not the Docker Hub image.',
            'Apache-2.0',
          ),
        },
        files: new FileTree().file('hello', await readFile(program), { mode: 0o755 }),
        createdBy: 'COPY hello / # library/hello-world',
      },
    ];
  },
};
