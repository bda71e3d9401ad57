import { describe, expect, test } from 'vitest';
import { readFenceMeta } from '../../src/literate/meta.ts';

describe('the meta string', () => {
  test.each([
    ['file="src/main.rs"', { target: { kind: 'file', name: 'src/main.rs' }, operation: 'define', experiment: null }],
    ["file='src/main.rs'", { target: { kind: 'file', name: 'src/main.rs' }, operation: 'define', experiment: null }],
    ['file=a.rs append', { target: { kind: 'file', name: 'a.rs' }, operation: 'append', experiment: null }],
    ['replace chunk="a b"', { target: { kind: 'chunk', name: 'a b' }, operation: 'replace', experiment: null }],
    [
      'chunk="c" replace experiment="03-x"',
      { target: { kind: 'chunk', name: 'c' }, operation: 'replace', experiment: '03-x' },
    ],
    [
      'file="a.rs" title="A file" {1-3, 5} "word" /re[x]/ mark={2} wrap collapse={1-4} frame="none" wrap=false',
      { target: { kind: 'file', name: 'a.rs' }, operation: 'define', experiment: null },
    ],
  ])('%s', (meta, listing) => {
    expect(readFenceMeta('rust', meta)).toEqual({ kind: 'listing', listing });
  });

  test('quotations and other languages', () => {
    expect(readFenceMeta('rust', 'quote ins={1} {2}')).toEqual({ kind: 'quote' });
    expect(readFenceMeta('console', 'title="x"')).toEqual({ kind: 'other' });
    expect(readFenceMeta(null, null)).toEqual({ kind: 'other' });
  });

  test.each([
    ['file="a" chunk="b"', /not both/],
    ['file="a" append replace', /contradict/],
    ['quote file="a"', /contradict/],
    ['quote append', /contradict/],
    ['append', /needs file= or chunk=/],
    ['experiment="01-x"', /needs file= or chunk=/],
    ['file="a" experiment="01-x"', /say replace or append/],
    ['file="a" file="b"', /stands twice/],
    ['file="a" append append', /stands twice/],
    ['file=""', /is empty/],
    ['fiel="a"', /unknown meta fiel=/],
    ['file="a" apend', /unknown meta apend/],
    ['file="a', /cannot read/],
    ['file="/etc/passwd"', /relative/],
    ['file="../x"', /no "\."/],
    ['file="a//b"', /no empty part/],
    ['file="a\\\\b"', /written with/],
    ['file="target/x"', /belongs to Cargo/],
    ['file="Cargo.lock"', /Cargo writes/],
    ['chunk="a >> b"', /neither/],
    ['file="a" startLineNumber=5', /derived/],
    ['file="a" ins={1}', /derived/],
  ])('%s is an error', (meta, message) => {
    expect(readFenceMeta('rust', meta)).toMatchObject({ kind: 'wrong', message: expect.stringMatching(message) });
  });

  test('a fence without a language', () => {
    expect(readFenceMeta('file="a"', null)).toMatchObject({ kind: 'wrong' });
    expect(readFenceMeta(null, 'file="a"')).toMatchObject({ kind: 'wrong', message: /language/ });
  });
});
