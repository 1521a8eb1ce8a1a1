import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { formatGoDuration, parseGoDuration } from './go-duration.ts';
import { type FloatForm, formatFloat } from './go-float.ts';
import { formatAnsiC, formatGoTime, formatRfc3339Nano, parseRfc3339, parseTimestamp } from './go-time.ts';
import { bytesSize, fromHumanSize, humanDuration, humanSize, humanSizeWithPrecision, ramInBytes } from './units.ts';

/** What Go, go-units and Docker's timestamp reader made of each input: `[input, result or message, is a message]`. */
const golden = JSON.parse(readFileSync(new URL('units.golden.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, readonly (readonly [never, string, boolean])[]>
>;

const NOW = 1_700_000_000_500;
const TWO_HOURS_EAST = 120;

const functions: Readonly<Record<string, (input: never) => string>> = {
  humanSize: (bytes: number) => humanSize(bytes),
  humanSizeWithPrecision: (bytes: number) => humanSizeWithPrecision(bytes, 3),
  bytesSize: (bytes: number) => bytesSize(bytes),
  ramInBytes: (text: string) => String(BigInt(ramInBytes(text))),
  fromHumanSize: (text: string) => String(BigInt(fromHumanSize(text))),
  humanDuration: (milliseconds: number) => humanDuration(milliseconds),
  parseGoDuration: (text: string) => formatGoDuration(parseGoDuration(text)),
  formatGoDuration: (nanoseconds: string) => formatGoDuration(BigInt(nanoseconds)),
  formatFloat: ([value, form, precision]: [number, FloatForm, number]) =>
    formatFloat(value, form, precision < 0 ? undefined : precision),
  parseTimestamp: (text: string) => parseTimestamp(text, NOW, TWO_HOURS_EAST),
};

describe('units are those of Go and go-units', () => {
  for (const [name, cases] of Object.entries(golden)) {
    it(name, () => {
      const work = functions[name];
      assert.ok(work);
      for (const [input, wanted, refused] of cases) {
        if (refused) assert.throws(() => work(input), { message: wanted }, String(input));
        else assert.equal(work(input), wanted, String(input));
      }
    });
  }

  it('times keep their nanoseconds and their zone', () => {
    const time = parseRfc3339('2026-11-21T13:21:19.123456789+02:00');
    assert.deepEqual(time, { nanos: 1_795_260_079_123_456_789n, offset: 120 });
    assert.equal(formatRfc3339Nano(1_795_260_079_120_000_000n), '2026-11-21T11:21:19.12Z');
    assert.equal(formatRfc3339Nano(1_795_260_079_000_000_000n, -90, true), '2026-11-21T09:51:19.000000000-01:30');
    assert.equal(parseRfc3339('2026-02-30T00:00:00Z'), undefined);
    assert.equal(parseRfc3339('yesterday'), undefined);
  });

  it('times before 1970 and far years are written whole', () => {
    assert.equal(formatRfc3339Nano(-1n), '1969-12-31T23:59:59.999999999Z');
    assert.equal(formatGoTime(0), '1970-01-01 00:00:00 +0000 UTC');
    assert.equal(formatGoTime(0, 60, 'CET'), '1970-01-01 01:00:00 +0100 CET');
    assert.equal(formatAnsiC({ nanos: 1_748_606_834_000_000_000n, offset: 0 }), 'Fri May 30 12:07:14 2025');
  });
});
