import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SAMPLE_CONTAINER } from '../testing/sample-objects.ts';
import { ObjectTemplate } from './object-template.ts';
import { plainTemplate, printPlain } from './plain-fields.ts';

const object = { type: 'container', json: SAMPLE_CONTAINER } as const;

function plain(source: string): string | undefined {
  const template = plainTemplate(source);
  return template === undefined ? undefined : printPlain(template, object);
}

describe('plain templates', () => {
  it('print what the template engine prints', () => {
    const sources = [
      '{{.Id}}',
      'x{{.Name}}y {{ .State.Pid }}',
      '{{.State.Running}}\n',
      '{{.Config.User}}{{.Config.Labels.a}}',
      '}}',
      '',
    ];
    for (const source of sources) assert.equal(plain(source), new ObjectTemplate(source).print(object), source);
  });

  it('leave everything else to the engine', () => {
    const sources = [
      '{{.ID}}',
      '{{.State}}',
      '{{.Args}}',
      '{{.Nope}}',
      '{{.Name.length}}',
      '{{.constructor}}',
      '{{.Name',
      '{{json .}}',
    ];
    const converted = ['{{.Config.Healthcheck.Interval}}', '{{.HostConfig.Memory}}', '{{.ExecIDs}}'];
    for (const source of [...sources, ...converted]) assert.equal(plain(source), undefined, source);
  });
});
