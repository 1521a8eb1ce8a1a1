import assert from 'node:assert/strict';
import { test } from 'node:test';
import { portsOfFilter } from './port-filter.ts';

test('a port, a range, a protocol', () => {
  assert.deepEqual([...portsOfFilter('expose', '80')], ['80/tcp']);
  assert.deepEqual([...portsOfFilter('expose', '80-82/UDP')], ['80/udp', '81/udp', '82/udp']);
});

test("what is no port is refused in Docker's words", () => {
  const refused = (value: string, message: string) => assert.throws(() => portsOfFilter('publish', value), { message });
  refused(':80', "filter for 'publish' should not contain ':': :80");
  refused('bad', 'error while looking up for publish bad: strconv.ParseUint: parsing "bad": invalid syntax');
  refused('70000', 'error while looking up for publish 70000: strconv.ParseUint: parsing "70000": value out of range');
  refused('9-8', 'error while looking up for publish 9-8: invalid range specified for port: 9-8');
});
