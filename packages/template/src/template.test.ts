import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { isCode, messageOf } from '@wharf/kit';
import { decode, untyped } from './decode.ts';
import { parseJson } from './json-parse.ts';
import { LIMITS } from './limits.ts';
import { Schema } from './schema.ts';
import { Template } from './template.ts';
import { INVALID, unwrapInterface, type Value } from './value.ts';

/** One template with what Go's text/template made of it. `typed` data is a Go structure, other data plain JSON. */
interface Case {
  readonly template: string;
  readonly view?: 'typed' | 'error';
  readonly data?: string;
  readonly output?: string;
  readonly error?: string;
}

const golden = JSON.parse(readFileSync(new URL('go-templates.golden.json', import.meta.url), 'utf8')) as {
  readonly data: string;
  readonly cases: readonly Case[];
};

const SCHEMA = new Schema(`
main.inner
  Status string
  Count int
  Log []string ,
main.typed
  Name string
  N int64
  U uint16
  F float64
  B bool
  L []string
  M map[string]string
  S main.inner
  P *main.inner
  Q *main.inner
  NilL []string
  NilM map[string]string
  Any any
  Nested map[string]*main.inner
`);

const TYPED =
  '{"Name":"n<a>me","N":-5,"U":80,"F":1.5,"B":true,"L":["a","b c"],"M":{"z":"1","a":"2"},' +
  '"S":{"Status":"up","Count":3},"P":{"Status":"p","Log":["x"]},"Any":"any","Nested":{"k":null}}';

function plain(json: string): Value {
  return unwrapInterface(untyped(parseJson(json)));
}

function run(source: string, data: Value = INVALID): string {
  return new Template(source).execute(data);
}

describe('templates do what those of Go do', () => {
  it('for every recorded case', () => {
    const typed = decode(parseJson(TYPED), SCHEMA.type('*main.typed'));
    for (const { template, view, data, output, error } of golden.cases) {
      const value = view === 'typed' ? typed : plain(data ?? golden.data);
      const missingKey = view === 'error' ? 'error' : 'default';
      if (error === undefined) {
        assert.equal(new Template(template).execute(value, { missingKey }), output, template);
      } else {
        assert.throws(() => new Template(template).execute(value, { missingKey }), { message: error }, template);
      }
    }
  });

  it('counts the columns of errors in bytes', () => {
    assert.throws(() => run('日本{{.a.b}}', plain('{"a":1}')), /template: :1:10: executing "" at <\.a\.b>/);
  });

  it('keeps every digit of big numbers', () => {
    const data = plain('{"n":12345678901234567890123,"f":1.10}');
    assert.equal(
      run('{{.n}} {{.f}} {{json .}}', data),
      '12345678901234567890123 1.10 {"f":1.10,"n":12345678901234567890123}',
    );
  });

  it('hands out what was printed before an error', () => {
    const out: string[] = [];
    assert.throws(() => new Template('a{{.x}}b{{.x.y.z}}c').execute(plain('{"x":{"y":1}}'), { out }));
    assert.equal(out.join(''), 'amap[y:1]b');
  });
});

describe('a hostile template is refused', () => {
  const refuses = (source: string, data?: Value) => {
    assert.throws(
      () => run(source, data),
      (error) =>
        isCode(error, 'TEMPLATE_LIMIT') || isCode(error, 'TEMPLATE_SYNTAX') || isCode(error, 'TEMPLATE_EXECUTION'),
    );
  };

  it('when it is too long', () => refuses('x'.repeat(LIMITS.source + 1)));
  it('when parentheses nest without end', () => refuses(`{{${'('.repeat(100_000)}`));
  it('when blocks nest without end', () => refuses('{{if 1}}'.repeat(50_000)));
  it('when else-if chains have no end', () => refuses(`{{if 0}}${'{{else if 0}}'.repeat(50_000)}{{end}}`));
  it('when it calls itself', () => refuses('{{define "t"}}{{template "t"}}{{end}}{{template "t"}}'));
  it('when it loops for too long', () => refuses('{{range 100000}}{{range 100000}}{{end}}{{end}}'));
  it('when it prints too much', () => refuses('{{range 5000}}{{printf "%1000000d" 1}}{{end}}'));
  it('when a width is absurd', () => assert.equal(run('{{printf "%*d" 999999999 1}}'), '%!(BADWIDTH)1'));
  it('when padding is absurd', () => refuses('{{pad "x" 999999999 1}}'));

  it('and no name of an object of JavaScript reaches anything', () => {
    const data = plain('{"a":{}}');
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      assert.equal(run(`{{.${name}}} {{index .a "${name}"}}`, data), '<no value> <no value>');
      assert.throws(() => run(`{{${name}}}`, data), { message: `template: :1: function "${name}" not defined` });
    }
  });
});

describe('JSON documents', () => {
  it('that are broken are refused', () => {
    for (const text of ['', '{', '{"a"}', '[1,]', '01', '"\n"', 'nul', '{"a":1}x', '"\\x"', '['.repeat(100_000)]) {
      assert.throws(
        () => parseJson(text),
        (error) => isCode(error, 'JSON_INVALID'),
        messageOf(text.slice(0, 20)),
      );
    }
  });

  it('keep the order of their keys', () => {
    const node = parseJson('{"b":1,"10":2,"a":3,"9":4}');
    assert.deepEqual(node instanceof Map ? [...node.keys()] : [], ['b', '10', 'a', '9']);
  });
});
