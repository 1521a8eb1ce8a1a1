import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostsFile, hostsFileOfHost } from './hosts.ts';
import { onlyLoopback, parseResolvConf, resolvConfFile } from './resolv-conf.ts';

const HOSTS = { hostname: 'c1', domainname: '', ip: '172.17.0.2', extraHosts: [], hostGateway: '172.17.0.1' };
const RESOLV = { host: parseResolvConf(''), dns: [], dnsSearch: [], dnsOptions: [], ownNamespace: true };

test('/etc/hosts has the standard names, the extra ones and the container itself', () => {
  const extraHosts = ['db:10.0.0.5', 'six:fd00::5', 'bracket:[fd00::6]', 'docker.internal:host-gateway'];
  assert.equal(
    hostsFile({ ...HOSTS, extraHosts }),
    [
      '127.0.0.1\tlocalhost',
      '::1\tlocalhost ip6-localhost ip6-loopback',
      'fe00::\tip6-localnet',
      'ff00::\tip6-mcastprefix',
      'ff02::1\tip6-allnodes',
      'ff02::2\tip6-allrouters',
      '10.0.0.5\tdb',
      'fd00::5\tsix',
      'fd00::6\tbracket',
      '172.17.0.1\tdocker.internal',
      '172.17.0.2\tc1',
      '',
    ].join('\n'),
  );
  assert.match(hostsFile({ ...HOSTS, domainname: 'example.org' }), /\n172\.17\.0\.2\tc1\.example\.org c1\n$/);
  assert.match(hostsFile({ ...HOSTS, hostname: 'web.example.org' }), /\n172\.17\.0\.2\tweb\.example\.org web\n$/);
  assert.doesNotMatch(hostsFile({ ...HOSTS, ip: undefined }), /c1/);
});

test("on the host's network the host's file is used", () => {
  assert.equal(hostsFileOfHost('1.2.3.4 me', { ...HOSTS, extraHosts: ['x:10.0.0.1'] }), '1.2.3.4 me\n10.0.0.1\tx\n');
  assert.equal(hostsFileOfHost('', HOSTS), '');
});

test('extra hosts that could break the file are refused', () => {
  for (const entry of [
    '',
    'name',
    ':1.2.3.4',
    'name:',
    'a b:1.2.3.4',
    'a\nb:1.2.3.4',
    'a:1.2.3',
    'a:1.2.3.4\n6.6.6.6 bank',
  ]) {
    assert.throws(() => hostsFile({ ...HOSTS, extraHosts: [entry] }), { code: 'INVALID_NETWORK_SETTING' }, entry);
  }
});

test('a resolv.conf is read with its odd corners', () => {
  const text =
    '# c\nnameserver 10.0.0.1 # x\n;no\nnameserver  fd00::1\ndomain a.org\nsearch b.org c.org\noptions ndots:2\noptions timeout:1 rotate\nsortlist x\n';
  assert.deepEqual(parseResolvConf(text), {
    nameservers: ['10.0.0.1', 'fd00::1'],
    search: ['b.org', 'c.org'],
    options: ['ndots:2', 'timeout:1', 'rotate'],
  });
  assert.ok(onlyLoopback(parseResolvConf('nameserver 127.0.0.53')));
  assert.ok(!onlyLoopback(parseResolvConf('')));
});

test('servers that a container cannot reach are left out; public ones stand in for none', () => {
  const host = parseResolvConf(
    'nameserver 127.0.0.53\nnameserver ::1\nnameserver fd00::1\nnameserver 10.0.0.1\nsearch a.org\noptions edns0\n',
  );
  assert.equal(resolvConfFile({ ...RESOLV, host }), 'nameserver 10.0.0.1\nsearch a.org\noptions edns0\n');
  assert.equal(
    resolvConfFile({ ...RESOLV, host: parseResolvConf('nameserver 127.0.0.1') }),
    'nameserver 8.8.8.8\nnameserver 8.8.4.4\n',
  );
  assert.match(resolvConfFile({ ...RESOLV, host, ownNamespace: false }), /^nameserver 127\.0\.0\.53\nnameserver ::1\n/);
});

test("what is asked for replaces the host's", () => {
  const host = parseResolvConf('nameserver 10.0.0.1\nsearch a.org\noptions edns0\n');
  const asked = { ...RESOLV, host, dns: ['127.0.0.1', 'fd00::2'], dnsSearch: ['x.org'], dnsOptions: ['ndots:1'] };
  assert.equal(resolvConfFile(asked), 'nameserver 127.0.0.1\nnameserver fd00::2\nsearch x.org\noptions ndots:1\n');
  assert.equal(resolvConfFile({ ...RESOLV, host, dnsSearch: ['.'] }), 'nameserver 10.0.0.1\noptions edns0\n');
  for (const wrong of [{ dns: ['x'] }, { dns: ['1.1.1.1\nx'] }, { dnsSearch: ['a b'] }, { dnsOptions: ['a\nb'] }]) {
    assert.throws(() => resolvConfFile({ ...RESOLV, ...wrong }), { code: 'INVALID_NETWORK_SETTING' });
  }
});
