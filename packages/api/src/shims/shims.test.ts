import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ContainerSummary, EventMessage, ImageInspect, SystemInfo } from '@wharf/spec';
import { legacyContainerSummary } from './container.ts';
import { legacyImageInspect } from './image.ts';
import { legacyEvent, legacyInfo } from './system.ts';

/** Names of the members that a JSON client sees. */
const members = (value: unknown): string[] => Object.keys(JSON.parse(JSON.stringify(value)) as object);

describe('old shapes', () => {
  it('of an image', () => {
    const image = {
      Id: 'sha256:1',
      RepoTags: [],
      RepoDigests: [],
      Created: 'now',
      Config: { User: 'me' },
      Architecture: 'amd64',
      Os: 'linux',
      Size: 5,
      RootFS: { Type: 'layers' },
      Descriptor: { digest: 'sha256:2' },
    } satisfies ImageInspect;
    assert.deepEqual(JSON.parse(JSON.stringify(legacyImageInspect(image, '1.55'))), image);
    const old = JSON.parse(JSON.stringify(legacyImageInspect(image, '1.43')));
    assert.deepEqual([old.VirtualSize, old.Parent, old.Config.User, old.Config.Hostname], [5, '', 'me', '']);
    assert.equal(old.ContainerConfig.Cmd, null);
    assert.equal(old.Descriptor, undefined);
    assert.deepEqual(members(legacyImageInspect(image, '1.51')).includes('VirtualSize'), false);
    const newer = JSON.parse(JSON.stringify(legacyImageInspect(image, '1.50')));
    assert.equal('Hostname' in newer.Config, false);
    assert.equal(newer.Config.Env, null);
  });
  it('of a container in a list', () => {
    const row = {
      Id: 'c',
      HostConfig: { NetworkMode: 'bridge', Annotations: { a: 'b' } },
      Health: { Status: 'healthy' },
      ImageManifestDescriptor: {},
    } as unknown as ContainerSummary;
    assert.deepEqual(JSON.parse(JSON.stringify(legacyContainerSummary(row, '1.55'))), row);
    assert.deepEqual(JSON.parse(JSON.stringify(legacyContainerSummary(row, '1.45'))), {
      Id: 'c',
      HostConfig: { NetworkMode: 'bridge' },
    });
  });
  it('of the system', () => {
    const info = {
      ID: 'x',
      RuncCommit: { ID: 'abc' },
      FirewallBackend: { Driver: 'nftables' },
      Containerd: {},
      SecurityOptions: ['name=seccomp,profile=builtin', 'name=cgroupns'],
    } as SystemInfo;
    assert.deepEqual(JSON.parse(JSON.stringify(legacyInfo(info, '1.55'))), info);
    const old = JSON.parse(JSON.stringify(legacyInfo(info, '1.24')));
    assert.deepEqual(old.RuncCommit, { ID: 'abc', Expected: 'abc' });
    assert.deepEqual(old.SecurityOptions, ['seccomp', 'cgroupns']);
    assert.equal(old.BridgeNfIptables, false);
    assert.equal('FirewallBackend' in old || 'Containerd' in old, false);
  });
  it('of events', () => {
    const event = (Type: EventMessage['Type'], Action: string): EventMessage => ({
      Type,
      Action,
      Actor: { ID: 'x', Attributes: { image: 'i' } },
      time: 1,
      timeNano: 1,
    });
    assert.equal(legacyEvent(event('image', 'create'), '1.45'), undefined);
    assert.deepEqual(members(legacyEvent(event('image', 'pull'), '1.51')).slice(0, 2), ['status', 'id']);
    assert.deepEqual(members(legacyEvent(event('container', 'die'), '1.51')).slice(0, 3), ['status', 'id', 'from']);
    assert.deepEqual(legacyEvent(event('container', 'die'), '1.52'), event('container', 'die'));
  });
});
