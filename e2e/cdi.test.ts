import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { inside, refused, spareDevice } from './support/flags.ts';
import { suite } from './support/suite.ts';

const ACME = `
cdiVersion: "0.6.0"
kind: acme.com/toy
containerEdits:
  env: [ACME=yes]
devices:
  - name: one
    containerEdits:
      env: [TOY=one]
      deviceNodes:
        - path: /dev/toy
          hostPath: ${spareDevice()?.path ?? '/dev/full'}
          permissions: r
      mounts:
        - hostPath: /etc/passwd
          containerPath: /toy/passwd
          options: [ro, bind]
      additionalGids: [4242]
  - name: hooked
    containerEdits:
      hooks:
        - hookName: createContainer
          path: /bin/true
`;
const node = { path: '/dev/nvidia0', type: 'c', major: 1, minor: 3 };
const gpu = (name: string) => ({ name, containerEdits: { env: [`GPU=${name}`], deviceNodes: [node] } });
const NVIDIA = { cdiVersion: '0.5.0', kind: 'nvidia.com/gpu', devices: ['0', '1', 'all'].map(gpu) };

const directory = mkdtempSync('/dev/shm/wharf-cdi-');
writeFileSync(join(directory, 'acme.yaml'), ACME);
writeFileSync(join(directory, 'nvidia.json'), JSON.stringify(NVIDIA));
writeFileSync(join(directory, 'broken.json'), '{');
after(() => rmSync(directory, { recursive: true }));

suite('devices of CDI specifications', { engine: { config: { 'cdi-spec-dirs': [directory] } } }, ({ both, ours }) => {
  both('--device vendor/class=name brings environment, node, mount and group', async ({ cli }) => {
    const script =
      'echo $ACME $TOY; (: < /dev/toy && echo opened; : > /dev/toy); head -n 1 /toy/passwd | cut -c1-4; id -G';
    const run = ['run', '--rm', '--network', 'none', '--device', 'acme.com/toy=one', 'busybox', 'sh', '-c', script];
    const { stdout, stderr } = await cli.run(run);
    assert.equal(stdout, 'yes one\nopened\nroot\n0 10 4242\n');
    if (spareDevice()) assert.match(stderr, /\/dev\/toy: Operation not permitted/);
    await refused(
      cli,
      ['--device', 'acme.com/toy=two'],
      /CDI device injection failed: unresolvable CDI devices acme\.com\/toy=two/,
    );
  });

  both('--gpus: all, a number, names', async ({ cli }) => {
    const script = 'echo $GPU; ls /dev/nvidia0';
    assert.equal(await inside(cli, ['--gpus', 'all'], script), 'all\n/dev/nvidia0');
    assert.equal(await inside(cli, ['--gpus', '1'], script), '0\n/dev/nvidia0');
    assert.equal(await inside(cli, ['--gpus', '"device=0,1"'], script), '1\n/dev/nvidia0');
    await refused(cli, ['--gpus', 'device=7'], /unresolvable CDI devices nvidia\.com\/gpu=7/);
  });

  both('info tells where specifications are looked for, and what they describe', async ({ cli }) => {
    const format = '{{json .CDISpecDirs}} {{range .DiscoveredDevices}}{{.ID}} {{end}}';
    const devices = 'acme.com/toy=hooked acme.com/toy=one nvidia.com/gpu=0 nvidia.com/gpu=1 nvidia.com/gpu=all ';
    const told = await cli.ok(['info', '-f', cli.name === 'wharf' ? format : '{{json .CDISpecDirs}} ']);
    assert.equal(told, `["${directory}"] ${cli.name === 'wharf' ? devices : ''}`);
  });

  ours('hooks are run by runtimes that run hooks', async ({ cli }) => {
    const hooked = ['--device', 'acme.com/toy=hooked'];
    await refused(cli, hooked, /wants the hook createContainer \(\/bin\/true\), which the runtime wharf does not run/);
    const known = JSON.parse(await cli.ok(['info', '-f', '{{json .Runtimes}}'])) as object;
    if ('runc' in known) assert.equal(await inside(cli, ['--runtime', 'runc', ...hooked], 'echo $ACME'), 'yes');
  });
});
