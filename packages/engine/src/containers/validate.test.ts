import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerConfig, HostConfig, NetworkingConfig } from '@wharf/spec';
import { validateConfig } from './validate.ts';

const machine = { cpus: 2, cpuList: '0-1', memoryNodeList: '0' };

function check(hostConfig: HostConfig, asked: ContainerConfig = {}, networking: NetworkingConfig = {}): string[] {
  return validateConfig({ config: asked, asked, hostConfig, networking }, machine);
}

function refused(message: string, hostConfig: HostConfig, asked?: ContainerConfig, networking?: NetworkingConfig) {
  assert.throws(() => check(hostConfig, asked, networking), { message });
}

test('limits outside of what the machine has are refused in Docker’s words', () => {
  refused('CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)', { CpuPeriod: 10 });
  refused('CPU cfs quota can not be less than 1ms (i.e. 1000)', { CpuQuota: 10 });
  refused('invalid CPU shares (-1): value must be a positive integer', { CpuShares: -1 });
  refused('Requested CPUs are not available - requested 0,99, available: 0-1', { CpusetCpus: '0,99' });
  refused('Invalid value x for cpuset cpus: invalid format: x', { CpusetCpus: 'x' });
  refused('Invalid value 0-99999999 for cpuset cpus: invalid format: 0-99999999', { CpusetCpus: '0-99999999' });
  refused('Requested memory nodes are not available - requested 9, available: 0', { CpusetMems: '9' });
  refused('Minimum memory reservation allowed is 6MB', { MemoryReservation: 1024 });
  refused('Range of blkio weight is from 10 to 1000', { BlkioWeight: 5 });
  assert.deepEqual(check({ CpusetCpus: '0-1', CpuShares: 2, CpuQuota: -1, BlkioWeight: 10 }), []);
  assert.match(check({ OomKillDisable: true })[0] ?? '', /^OOM killer is disabled/);
});

test('settings of the kernel that are not the container’s own are refused', () => {
  refused('sysctl "vm.swappiness" is not in a separate kernel namespace', { Sysctls: { 'vm.swappiness': '1' } });
  refused('sysctl "kernel/panic" is not in a separate kernel namespace', { Sysctls: { 'kernel/panic': '1' } });
  refused('sysctl "net.ipv4.ip_forward" not allowed in host network namespace', {
    NetworkMode: 'host',
    Sysctls: { 'net.ipv4.ip_forward': '1' },
  });
  refused('sysctl "fs.mqueue.msg_max" not allowed in host ipc namespace', {
    IpcMode: 'host',
    Sysctls: { 'fs.mqueue.msg_max': '1' },
  });
  refused('invalid sysctl: "net../x"', { Sysctls: { 'net../x': '1' } });
  assert.deepEqual(check({ Sysctls: { 'net.core.somaxconn': '5', 'kernel.shmmax': '9' } }), []);
});

test('binds and mounts that cannot be made are refused before anything is made', () => {
  refused('invalid mode: bad', { Binds: ['/etc:/x:bad'] });
  refused('invalid mode: ro,rw', { Binds: ['/etc:/x:ro,rw'] });
  refused("invalid volume specification: '/a:/b:ro:z'", { Binds: ['/a:/b:ro:z'] });
  refused(
    `invalid volume specification: '/etc:/': invalid mount config for type "bind": invalid specification: destination can't be '/'`,
    { Binds: ['/etc:/'] },
  );
  refused('Duplicate mount point: /x', { Binds: ['/etc:/x', '/etc:/x/'] });
  refused('Duplicate mount point: /x', { Binds: ['/etc:/x'], Tmpfs: { '/y/../x': '' } });
  refused('invalid mount config for type "bind": field Source must not be empty', {
    Mounts: [{ Type: 'bind', Target: '/x' }],
  });
  refused('invalid mount config for type "bind": bind source path does not exist: /no/such', {
    Mounts: [{ Type: 'bind', Target: '/x', Source: '/no/such' }],
  });
  refused('invalid tmpfs option "bad"', { Tmpfs: { '/t': 'size=1m,bad' } });
  assert.deepEqual(check({ Binds: ['/etc:/x:ro,rslave,Z'], Tmpfs: { '/t': 'exec,ro,size=1m' } }), []);
});

test('networks, names and namespaces that contradict each other are refused', () => {
  const joined = { NetworkMode: 'container:a' };
  refused('conflicting options: hostname and the network mode', joined, { Hostname: 'x' });
  refused('conflicting options: dns and the network mode', { ...joined, Dns: ['1.1.1.1'] });
  refused('conflicting options: hostname and the UTS mode', { UTSMode: 'host' }, { Hostname: 'x' });
  refused('invalid IPC mode: bad', { IpcMode: 'bad' });
  refused("invalid isolation (hyperv): linux only supports 'default'", { Isolation: 'hyperv' });
  refused('failed to set up container networking: network nosuch not found', { NetworkMode: 'nosuch' });
  const address = { EndpointsConfig: { bridge: { IPAMConfig: { IPv4Address: '1.2.3.4' } } } };
  assert.throws(
    () => check({ NetworkMode: 'bridge' }, {}, address),
    /user specified IP address is supported on user defined networks only/,
  );
  const ports = { PortBindings: { '80/tcp': [{ HostPort: '80' }] } };
  assert.deepEqual(check({ NetworkMode: 'host', ...ports }), [
    'Published ports are discarded when using host network mode',
  ]);
});

test('log drivers and their options are checked', () => {
  const log = (Type: string, Config: Record<string, string> = {}) => ({ LogConfig: { Type, Config } }) as HostConfig;
  refused('error looking up logging plugin nosuch: plugin "nosuch" not found', log('nosuch'));
  refused("unknown log opt 'bad' for json-file log driver", log('json-file', { bad: '1' }));
  refused('max-file cannot be less than 1', log('json-file', { 'max-file': '0' }));
  refused("invalid size: 'bad'", log('json-file', { 'max-size': 'bad' }));
  assert.deepEqual(check(log('json-file', { 'max-size': '10k', 'max-file': '3', tag: 'x' })), []);
});
