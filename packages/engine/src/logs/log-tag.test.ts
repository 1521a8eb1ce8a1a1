import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogInfo } from './log-info.ts';
import { checkLogTag, logTag } from './log-tag.ts';

const info: LogInfo = {
  record: {
    id: 'c0ffee'.repeat(11).slice(0, 64),
    name: 'web',
    path: 'nginx',
    args: ['-g', 'x'],
    imageId: `sha256:${'ab'.repeat(32)}`,
    created: '2026-01-02T03:04:05.5Z',
    config: { Image: 'nginx:1', Env: ['REGION=eu', 'B=2'], Labels: { tier: 'front' } },
    hostConfig: { LogConfig: { Type: 'syslog', Config: { tag: 'x' } } },
  },
  host: 'host-1',
  logPath: '/var/log/x',
  attributes: { tier: 'front', REGION: 'eu' },
};

test('a tag is a template on what Docker tells of a container', () => {
  for (const [template, tag] of [
    ['plain', 'plain'],
    ['{{.DaemonName}}/{{.ImageID}}/{{ .Name | upper }}-{{json .ID}}', 'docker/abababababab/WEB-"c0ffeec0ffee"'],
    ['{{if eq .Name "web"}}front{{else}}back{{end}}', 'front'],
    ['{{index .ContainerLabels "tier"}}.{{index .ContainerArgs 1}}', 'front.x'],
    ['{{(.ExtraAttributes nil).REGION}} {{index (.ExtraAttributes nil) "tier"}}', 'eu front'],
    ['{{printf "%-8s|%5.2s|%q" .Name .Hostname .ContainerName}}', 'web     |   ho|"/web"'],
    ['{{range $i, $e := .ContainerEnv}}{{if $i}},{{end}}{{$e}}{{end}}', 'REGION=eu,B=2'],
    ['{{with split .ImageName ":"}}{{index . 0}}{{end}} {{.Command}} {{.LogPath}}', 'nginx nginx -g x /var/log/x'],
    ['{{.ContainerCreated}}', '2026-01-02 03:04:05.5 +0000 UTC'],
    ['{{truncate .FullID 3}}{{.Config.tag}}', 'c0fx'],
  ] as const) {
    assert.equal(logTag(template, info), tag, template);
  }
});

test('what a template cannot be or do is refused in the words of Go', () => {
  assert.throws(() => checkLogTag('{{.ID'), { message: 'template: log-tag:1: unclosed action' });
  assert.throws(() => checkLogTag('{{nosuch .ID}}'), { message: 'template: log-tag:1: function "nosuch" not defined' });
  // Whether a field is there is seen when the tag is made.
  checkLogTag('{{.Foo}}');
  assert.throws(() => logTag('{{.Foo}}', info), {
    message: `template: log-tag:1:2: executing "log-tag" at <.Foo>: can't evaluate field Foo in type *logger.Info`,
  });
});

test('a tag that would run or print for ever is stopped', () => {
  const args = Array.from({ length: 500 }, () => 'x'.repeat(500));
  const many: LogInfo = { ...info, record: { ...info.record, args } };
  assert.throws(
    () => logTag('{{range .ContainerArgs}}{{range $.ContainerArgs}}{{end}}{{end}}', many),
    /range runs for too long/,
  );
  assert.throws(() => logTag('{{range .ContainerArgs}}{{.}}{{end}}', many), /output of the template is too large/);
  assert.throws(() => checkLogTag('x'.repeat(20_000)), /too large/);
});
