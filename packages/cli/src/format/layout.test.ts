import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { compactJson, indentJson } from '@wharf/spec';
import { eventText } from './event-text.ts';
import { displayPorts } from './ports.ts';
import { alignTabs, LIST_TABS } from './tabwriter.ts';
import { ellipsis, shortId, textWidth } from './width.ts';
import { zoneName } from './zone-name.ts';

const align = (text: string): string => alignTabs(text, LIST_TABS);

describe('columns', () => {
  it('are as wide as their widest cell and three spaces, ten at least', () => {
    assert.equal(
      align('A\tB\tC\nlonger than ten\tx\ty\n'),
      'A                 B         C\nlonger than ten   x         y\n',
    );
  });

  it('end where a line lacks the cell', () => {
    assert.equal(align('wide wide wide\tx\nplain\na\tb\n'), 'wide wide wide   x\nplain\na         b\n');
  });

  it('count wide characters twice and marks not at all', () => {
    assert.equal(align('日本語日本語\tx\ne\u0301\ty\n'), '日本語日本語   x\ne\u0301              y\n');
    assert.equal(textWidth('👨‍👩‍👧'), 2);
  });

  it('keep the text after the last tab as it is', () => {
    assert.equal(align('a\t\nb\tlast cell that is long\n'), 'a         \nb         last cell that is long\n');
  });
});

describe('texts are cut', () => {
  it('with an ellipsis within the width', () => {
    assert.equal(ellipsis('12345', 5), '12345');
    assert.equal(ellipsis('123456', 5), '1234…');
    assert.equal(ellipsis('日本語', 5), '日本…');
    assert.equal(ellipsis('日本語', 6), '日本語');
    assert.equal(ellipsis('', 1), '');
    assert.equal(ellipsis('abc', 0), '');
  });

  it('to twelve digits when they are identifiers', () => {
    assert.equal(shortId('sha256:0123456789abcdef'), '0123456789ab');
    assert.equal(shortId('short'), 'short');
  });
});

describe('ports', () => {
  it('are joined into ranges only while they are published alike', () => {
    const open = (IP: string, PrivatePort: number, PublicPort: number, Type = 'tcp') => ({
      IP,
      PrivatePort,
      PublicPort,
      Type,
    });
    assert.equal(displayPorts([]), '');
    assert.equal(displayPorts([open('0.0.0.0', 80, 8080)]), '0.0.0.0:8080->80/tcp');
    assert.equal(displayPorts([open('::', 80, 80), open('::', 81, 81)]), '[::]:80-81->80-81/tcp');
    assert.equal(
      displayPorts([
        open('0.0.0.0', 2, 2),
        open('0.0.0.0', 1, 1),
        open('0.0.0.0', 4, 4),
        { PrivatePort: 9, Type: 'udp' },
      ]),
      '0.0.0.0:1-2->1-2/tcp, 0.0.0.0:4->4/tcp, 9/udp',
    );
  });
});

describe('JSON', () => {
  it('is indented and compacted without a change to its tokens', () => {
    const text = '{ "a" : [1, 2.50,\n {"b":"x, [y] \\" {"}], "e": {}, "f": [ ] }';
    assert.equal(compactJson(text), '{"a":[1,2.50,{"b":"x, [y] \\" {"}],"e":{},"f":[]}');
    assert.equal(
      indentJson(text, '  '),
      '{\n  "a": [\n    1,\n    2.50,\n    {\n      "b": "x, [y] \\" {"\n    }\n  ],\n  "e": {},\n  "f": []\n}',
    );
  });
});

describe('events', () => {
  it('are shown without what they lack', () => {
    assert.equal(eventText('{}'), '  \n');
    assert.equal(
      eventText('{"Type":"daemon","Action":"reload","Actor":{"ID":"x","Attributes":null}}'),
      'daemon reload x\n',
    );
  });
});

describe('names of time zones', () => {
  it('are those of the zone database, also after its last change', () => {
    assert.equal(zoneName(1_795_260_079, 0, 'UTC'), 'UTC');
    assert.equal(zoneName(1_795_260_079, 0, 'No/Such-Zone'), 'UTC');
    assert.equal(zoneName(1_795_260_079, 330, 'No/Such-Zone'), '+0530');
  });

  it('follow the rule of the zone', {
    skip: !existsSync('/usr/share/zoneinfo/Europe/Berlin') && 'no zone database',
  }, () => {
    assert.equal(zoneName(1_795_260_079, 60, 'Europe/Berlin'), 'CET');
    assert.equal(zoneName(1_780_000_000, 120, 'Europe/Berlin'), 'CEST');
    assert.equal(zoneName(4_100_000_000, 540, 'Asia/Tokyo'), 'JST');
  });
});
