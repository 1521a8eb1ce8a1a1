import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { validateCreate } from './validate-create.ts';

const valid = (body: unknown, version = '1.55') => validateCreate(body, version, 2);
const message = (text: string) => ({ kind: 'invalid', message: text });

describe('validateCreate', () => {
  it('splits the body and keeps what it knows', () => {
    const body = {
      Image: 'busybox',
      Cmd: ['echo', 'hi'],
      Labels: { a: 'b', __proto__x: 'c' },
      ExposedPorts: { '80/tcp': {} },
      HostConfig: { Memory: 1024, Binds: ['/a:/b'], Ulimits: [{ Name: 'nofile', Soft: 1, Hard: 2 }] },
      NetworkingConfig: { EndpointsConfig: { net: { Aliases: ['x'] } } },
    };
    const { config, hostConfig, networkingConfig, warnings } = valid(body);
    assert.deepEqual(config, {
      Image: 'busybox',
      Cmd: ['echo', 'hi'],
      Labels: { a: 'b', __proto__x: 'c' },
      ExposedPorts: { '80/tcp': {} },
    });
    assert.deepEqual(hostConfig, { ...body.HostConfig, NetworkMode: 'bridge' });
    assert.deepEqual(networkingConfig, body.NetworkingConfig);
    assert.deepEqual(warnings, []);
  });
  it('takes plain strings for commands, nulls for nothing, and names in any case', () => {
    const { config, hostConfig } = valid({
      image: 'x',
      Cmd: 'echo',
      Entrypoint: ['/e'],
      Env: null,
      hostconfig: { CapAdd: 'ALL', memory: null, PidsLimit: 0 },
    });
    assert.deepEqual(config, { Image: 'x', Cmd: ['echo'], Entrypoint: ['/e'] });
    assert.deepEqual(hostConfig, { CapAdd: ['ALL'], NetworkMode: 'bridge' });
  });
  it('ignores unknown members', () => {
    const { config } = valid({ Image: 'x', Nope: 1, HostConfig: { Nope: { a: [] } } });
    assert.deepEqual(config, { Image: 'x' });
  });
  it('is not confused by names of object members', () => {
    const body: unknown = JSON.parse('{"Image":"x","constructor":1,"toString":2,"Labels":{"__proto__":"y"}}');
    const { config } = valid(body);
    assert.deepEqual(Object.keys(config), ['Image', 'Labels']);
    assert.deepEqual(Object.entries(config.Labels ?? {}), [['__proto__', 'y']]);
  });
  it('names the field whose type is wrong, as Go does', () => {
    const prefix = 'invalid JSON: json: cannot unmarshal';
    const cases: [unknown, string][] = [
      [[], 'array into Go value of type container.CreateRequest'],
      ['x', 'string into Go value of type container.CreateRequest'],
      [{ Image: 7 }, 'number into Go struct field CreateRequest.Image of type string'],
      [{ Tty: 'yes' }, 'string into Go struct field CreateRequest.Tty of type bool'],
      [{ Env: ['a', 3] }, 'number into Go struct field CreateRequest.Env of type string'],
      [{ Env: 'a' }, 'string into Go struct field CreateRequest.Env of type []string'],
      [{ Cmd: 7 }, 'number into Go value of type string'],
      [{ Labels: { a: 1 } }, 'number into Go struct field CreateRequest.Labels of type string'],
      [{ ExposedPorts: { a: 1 } }, 'number into Go struct field CreateRequest.ExposedPorts of type struct {}'],
      [{ StopTimeout: 1.5 }, 'number 1.5 into Go struct field CreateRequest.StopTimeout of type int'],
      [{ HostConfig: 'x' }, 'string into Go struct field CreateRequest.HostConfig of type container.HostConfig'],
      [{ HostConfig: { Memory: 'x' } }, 'string into Go struct field CreateRequest.HostConfig.Memory of type int64'],
      [
        { HostConfig: { Memory: 1e30 } },
        'number 1e+30 into Go struct field CreateRequest.HostConfig.Memory of type int64',
      ],
      [
        { HostConfig: { BlkioWeight: 70_000 } },
        'number 70000 into Go struct field CreateRequest.HostConfig.BlkioWeight of type uint16',
      ],
      [
        { HostConfig: { Ulimits: [{ Soft: true }] } },
        'bool into Go struct field CreateRequest.HostConfig.Ulimits.Soft of type int64',
      ],
      [
        { HostConfig: { PortBindings: { '80/tcp': [{ HostPort: 80 }] } } },
        'number into Go struct field CreateRequest.HostConfig.PortBindings.HostPort of type string',
      ],
    ];
    for (const [body, text] of cases) assert.throws(() => valid(body), message(`${prefix} ${text}`));
  });
  it('takes what Docker does not have from the member Wharf, and refuses there what it does not know', () => {
    const own = (wharf: unknown) => valid({ Image: 'x', Wharf: wharf }).wharf;
    assert.deepEqual(own({ HealthOnFailure: 'kill', timeout: 5e9 }), { HealthOnFailure: 'kill', Timeout: 5e9 });
    for (const nothing of [null, {}, { Timeout: null }]) assert.equal(own(nothing), undefined);
    const cases: [unknown, string][] = [
      [7, 'cannot unmarshal number into Go struct field CreateRequest.Wharf of type WharfConfig'],
      [{ Timeout: '5s' }, 'cannot unmarshal string into Go struct field CreateRequest.Wharf.Timeout of type int64'],
      [{ Timeout: 1.5 }, 'cannot unmarshal number 1.5 into Go struct field CreateRequest.Wharf.Timeout of type int64'],
      [
        { HealthOnFailure: true },
        'cannot unmarshal bool into Go struct field CreateRequest.Wharf.HealthOnFailure of type string',
      ],
      [{ Nope: 1 }, 'unknown field "Wharf.Nope"'],
      [JSON.parse('{"__proto__":1}'), 'unknown field "Wharf.__proto__"'],
    ];
    for (const [wharf, text] of cases) assert.throws(() => own(wharf), message(`invalid JSON: json: ${text}`));
  });
  it('wants a configuration', () => {
    for (const body of [{}, { HostConfig: {} }, { Unknown: 1 }]) {
      assert.throws(() => valid(body), message('config cannot be empty in order to create a container'));
    }
  });
  it('survives deep nesting', () => {
    const deep: unknown = JSON.parse(`${'{"Labels":'.repeat(5000)}1${'}'.repeat(5000)}`);
    assert.throws(() => valid(deep), { kind: 'invalid' });
  });
});

describe('what depends on the API version', () => {
  const body = (hostConfig: object, more: object = {}) => ({ Image: 'x', HostConfig: hostConfig, ...more });

  it('names the default network and moves its endpoint', () => {
    const { hostConfig, networkingConfig } = valid(
      body({ NetworkMode: 'default' }, { NetworkingConfig: { EndpointsConfig: { default: { Aliases: ['a'] } } } }),
    );
    assert.equal(hostConfig.NetworkMode, 'bridge');
    assert.deepEqual(networkingConfig.EndpointsConfig, { bridge: { Aliases: ['a'] } });
  });
  it('applies the defaults of old versions', () => {
    const hostConfig = (version: string, cgroup: 1 | 2 = 1) =>
      validateCreate(body({ AutoRemove: true }), version, cgroup).hostConfig;
    assert.equal(hostConfig('1.24').AutoRemove, undefined);
    assert.equal(hostConfig('1.25').AutoRemove, true);
    assert.equal(hostConfig('1.39').IpcMode, 'shareable');
    assert.equal(hostConfig('1.40').IpcMode, undefined);
    assert.equal(hostConfig('1.40').CgroupnsMode, 'host');
    assert.equal(hostConfig('1.40', 2).CgroupnsMode, undefined);
    assert.equal(hostConfig('1.41').CgroupnsMode, undefined);
  });
  it('checks mount options', () => {
    const mount = { Type: 'tmpfs', Target: '/t', BindOptions: { Propagation: 'shared' } };
    assert.throws(
      () => valid(body({ Mounts: [mount] })),
      message('BindOptions must not be specified on mount type "tmpfs"'),
    );
    const subpath = body({ Mounts: [{ Type: 'volume', VolumeOptions: { Subpath: 'a' } }] });
    assert.throws(() => valid(subpath, '1.44'), message('VolumeOptions.Subpath needs API v1.45 or newer'));
    assert.ok(valid(subpath, '1.45'));
    const old = valid(body({ Mounts: [{ Type: 'bind', Source: '/a', Target: '/b', ReadOnly: true }] }), '1.43');
    assert.deepEqual(old.hostConfig.Mounts?.[0]?.BindOptions, { ReadOnlyNonRecursive: true });
  });
  it('moves the hardware address to the endpoint', () => {
    const mac = '02:42:ac:11:00:02';
    const old = valid(body({}, { MacAddress: mac }), '1.43');
    assert.deepEqual(old.networkingConfig.EndpointsConfig, { bridge: { MacAddress: mac } });
    assert.deepEqual(old.warnings, []);
    assert.match(valid(body({}, { MacAddress: mac })).warnings[0] ?? '', /deprecated/);
    assert.throws(
      () => valid(body({ NetworkMode: 'host' }, { MacAddress: mac }), '1.43'),
      message('conflicting options: mac-address and the network mode'),
    );
    const endpoints = { NetworkingConfig: { EndpointsConfig: { other: {} } } };
    assert.throws(() => valid(body({}, { MacAddress: mac, ...endpoints })), { kind: 'invalid' });
  });
  it('reads ports without bindings by version', () => {
    const ports = (version: string) => valid(body({ PortBindings: { '80/tcp': [] } }), version);
    assert.deepEqual(ports('1.51').hostConfig.PortBindings, { '80/tcp': [{}] });
    assert.equal(ports('1.52').warnings.length, 1);
    assert.deepEqual(ports('1.53').hostConfig.PortBindings, {});
  });
  it('allows several networks from 1.44 on', () => {
    const several = body({}, { NetworkingConfig: { EndpointsConfig: { a: {}, b: null } } });
    assert.throws(
      () => valid(several, '1.43'),
      message('Container cannot be created with multiple network endpoints: a, b'),
    );
    assert.ok(valid(several, '1.44'));
  });
});
