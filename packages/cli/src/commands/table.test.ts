import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CommandTable } from '../framework/command.ts';
import { isGroup } from '../framework/tree.ts';
import { commands } from './table.ts';

const NOUNS = ['container', 'engine', 'image', 'system', 'volume'];

async function modulesOf(table: CommandTable, found = new Set<unknown>()): Promise<Set<unknown>> {
  for (const entry of Object.values(table)) {
    if (isGroup(entry)) await modulesOf(entry.verbs, found);
    else found.add((await entry.load()).command);
  }
  return found;
}

test('every file of a command is in the table, and every entry of the table is a command', async () => {
  const files = NOUNS.flatMap((noun) =>
    readdirSync(join(import.meta.dirname, noun))
      .filter((name) => !name.endsWith('.test.ts'))
      .map((name) => `${noun}/${name}`),
  );
  const loaded = await modulesOf(commands);
  for (const file of files) {
    const { command } = (await import(`./${file}`)) as { command?: unknown };
    assert.ok(command !== undefined && loaded.has(command), `${file} is not in commands/table.ts`);
  }
  assert.equal(loaded.size, files.length);
});

test('the spellings that a command names in its help are those of the table', async () => {
  for (const command of await modulesOf(commands)) {
    const { aliases = [] } = command as { aliases?: readonly string[] };
    for (const alias of aliases) {
      const [first = '', second] = alias.split(' ');
      const entry = commands[first];
      assert.ok(entry, alias);
      if (second === undefined) continue;
      assert.ok(isGroup(entry), alias);
      const verb = entry.verbs[entry.aliases?.[second] ?? second];
      assert.ok(verb && !isGroup(verb), alias);
      assert.equal((await verb.load()).command, command, alias);
    }
  }
});
