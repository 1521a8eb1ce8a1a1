import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isCode, messageOf } from '@wharf/kit';
import { decodeObject } from './decode.ts';

/** Bodies with one wrong type each, for every field at every level; the kind and the type that Docker 28.5 told of. */
const GOLDEN = new URL('./wrong-types.golden.json', import.meta.url);

test('a wrong type of any field is refused, with the names that Docker has for both types', () => {
  const cases = JSON.parse(readFileSync(GOLDEN, 'utf8')) as [unknown, string][];
  assert.ok(cases.length > 200);
  const different = cases.filter(([body, wanted]) => {
    try {
      decodeObject('CreateRequest', body);
      return true;
    } catch (error) {
      if (!isCode(error, 'INVALID_JSON')) throw error;
      const told = /^invalid JSON: json: cannot unmarshal (\w+) into .* of type (.*)$/.exec(messageOf(error));
      return `${told?.[1]} ${told?.[2]}` !== wanted;
    }
  });
  assert.deepEqual(different, []);
});
