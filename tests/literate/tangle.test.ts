import { describe, expect, test } from 'vitest';
import { findCheckpoint } from '../../src/literate/book.ts';
import { bookOf, chapter, fence, filesOf } from './book-of.ts';

describe('tangling', () => {
  test('a chunk takes the place of its reference, with the indentation added to each line that is not empty', () => {
    const book = bookOf(
      chapter(1, fence('file="a.rs"', 'fn a() {', '    <<body>>', '}') + fence('chunk="body"', 'x();', '', '  y();')),
    );
    expect(book.problems).toEqual([]);
    expect(filesOf(book, '01-test')).toEqual({ 'a.rs': 'fn a() {\n    x();\n\n      y();\n}\n' });
  });

  test('indentation of nested chunks adds up', () => {
    const book = bookOf(
      chapter(1, fence('file="a.rs"', '  <<b>>') + fence('chunk="b"', '  <<c d>>') + fence('chunk="c d"', 'z')),
    );
    expect(filesOf(book, '01-test')).toEqual({ 'a.rs': '    z\n' });
  });

  test('a chunk may be used before it is defined, and extended in the same and in a later chapter', () => {
    const book = bookOf(
      chapter(1, fence('file="a.rs"', '<<b>>', 'end') + fence('chunk="b"', '1') + fence('chunk="b" append', '2')),
      chapter(2, fence('chunk="b" append', '3') + fence('file="a.rs" append', 'more')),
    );
    expect(book.problems).toEqual([]);
    expect(filesOf(book, '01-test')).toEqual({ 'a.rs': '1\n2\nend\n' });
    expect(filesOf(book, '02-test')).toEqual({ 'a.rs': '1\n2\n3\nend\nmore\n' });
  });

  test('a later chapter replaces a chunk or a file; the earlier state stays as it was', () => {
    const book = bookOf(
      chapter(1, fence('file="a.rs"', '<<b>>') + fence('chunk="b"', '1') + fence('file="c.rs"', 'c')),
      chapter(2, fence('chunk="b" replace', '2') + fence('file="c.rs" replace', 'd')),
    );
    expect(book.problems).toEqual([]);
    expect(filesOf(book, '01-test')).toEqual({ 'a.rs': '1\n', 'c.rs': 'c\n' });
    expect(filesOf(book, '02-test')).toEqual({ 'a.rs': '2\n', 'c.rs': 'd\n' });
  });

  test('an experiment overrides its chapter alone', () => {
    const experiments = 'experiments:\n  - id: 01-none\n    title: None\n  - id: 01-more\n    title: More\n';
    const book = bookOf(
      chapter(
        1,
        fence('file="a.rs"', '<<b>>') +
          fence('chunk="b"', '1') +
          fence('chunk="b" replace experiment="01-none"') +
          fence('chunk="b" append experiment="01-more"', '2'),
        experiments,
      ),
      chapter(2, fence('file="a.rs" append', 'x')),
    );
    expect(book.problems).toEqual([]);
    expect(filesOf(book, '01-none')).toEqual({ 'a.rs': '' });
    expect(filesOf(book, '01-more')).toEqual({ 'a.rs': '1\n2\n' });
    expect(filesOf(book, '02-test')).toEqual({ 'a.rs': '1\nx\n' });
    expect(book.checkpoints.map(({ id, experimentOf }) => [id, experimentOf])).toEqual([
      ['01-test', null],
      ['01-none', '01-test'],
      ['01-more', '01-test'],
      ['02-test', null],
    ]);
  });

  test('chapter 1 borrows a whole file as it stands in chapter 3, and says so', () => {
    const book = bookOf(
      chapter(1, fence('file="a.rs"', '1'), '  borrows: { from: 03-test, files: [boot.s] }\n'),
      chapter(2, ''),
      chapter(3, fence('file="boot.s"', 'one', '<<two>>') + fence('chunk="two"', 'two')),
    );
    expect(book.problems).toEqual([]);
    expect(filesOf(book, '01-test')).toEqual({ 'a.rs': '1\n', 'boot.s': 'one\ntwo\n' });
    expect(filesOf(book, '02-test')).toEqual({ 'a.rs': '1\n' });
    const files = findCheckpoint(book, '01-test')!.tangled.files;
    expect(files.map(({ path, borrowedFrom }) => [path, borrowedFrom])).toEqual([
      ['a.rs', null],
      ['boot.s', '03-test'],
    ]);
    expect(files[1]!.lines[0]!.listing).toMatchObject({ chapter: '03-test', id: 'listing-3-1' });
  });

  test('an experiment of a borrowing chapter borrows the same files', () => {
    const book = bookOf(
      chapter(
        1,
        fence('file="a.rs"', '1') + fence('file="a.rs" replace experiment="01-x"', '2'),
        '  borrows: { from: 03-test, files: [boot.s] }\nexperiments: [{ id: 01-x, title: X }]\n',
      ),
      chapter(3, fence('file="boot.s"', 'one')),
    );
    expect(filesOf(book, '01-x')).toEqual({ 'a.rs': '2\n', 'boot.s': 'one\n' });
  });

  test('a chapter removes a file that it no longer needs', () => {
    const book = bookOf(
      chapter(1, fence('file="a.rs"', '1') + fence('file="b.rs"', '2')),
      chapter(2, '', '  removes: [b.rs]\n'),
    );
    expect(book.problems).toEqual([]);
    expect(filesOf(book, '02-test')).toEqual({ 'a.rs': '1\n' });
  });

  test('a chapter without a checkpoint hands its listings on', () => {
    const plain = { path: 'src/content/docs/chapters/01-plain.mdx', text: '---\ntitle: T\nchapter: 1\n---\n' };
    plain.text += fence('file="a.rs"', '1');
    const book = bookOf(plain, chapter(2, ''));
    expect(book.problems).toEqual([]);
    expect(filesOf(book, '02-test')).toEqual({ 'a.rs': '1\n' });
  });

  test('chapters stand in the order of their numbers, not of their file names', () => {
    const late = { ...chapter(1, fence('file="a.rs"', '1')), path: 'src/content/docs/chapters/zz.mdx' };
    const book = bookOf(late, chapter(2, fence('file="a.rs" append', '2')));
    expect(book.problems).toEqual([]);
    expect(filesOf(book, '02-test')).toEqual({ 'a.rs': '1\n2\n' });
  });

  test('checkpoints carry memory, boot path, scripted keys and what they wait for', () => {
    const book = bookOf(
      chapter(
        1,
        fence('file="a.rs"', '1'),
        '  memory: 128\n  boot: disk\n  until: "toy>"\n  keys: [{ after: "toy> ", text: "ls\\n" }]\n',
      ),
    );
    expect(book.problems).toEqual([]);
    expect(book.checkpoints[0]).toMatchObject({
      title: 'Test 1',
      memoryMiB: 128,
      boot: 'disk',
      until: 'toy>',
      keys: [{ after: 'toy> ', text: 'ls\n' }],
    });
  });
});

describe('places of listing lines', () => {
  const body = [
    '1. A list:',
    '',
    '   ```rust file="list.rs"',
    '   fn a() {',
    '',
    '       b();',
    '   }',
    '   ```',
    '',
    '<Aside>',
    '',
    '  ````asm file="jsx.s"',
    '    mov eax, 1',
    '  ```',
    '  ````',
    '',
    '</Aside>',
    '',
    '> ```toml file="quote.toml"',
    '> a = 1',
    '> ```',
    '',
    '```rust file="last.rs"',
    'end',
    '```',
  ].join('\n');

  test.each(['\n', '\r\n'])('are exact in lists, JSX and block quotes, with line ends %j', (end) => {
    const source = chapter(1, body);
    const whole = source.text.split('\n');
    const book = bookOf({ ...source, text: whole.join(end) });
    expect(book.problems).toEqual([]);
    const lines = book.chapters[0]!.listings.flatMap((listing) => listing.lines);
    expect(lines.map((line) => line.text)).toEqual([
      'fn a() {',
      '',
      '    b();',
      '}',
      '  mov eax, 1',
      '```',
      'a = 1',
      'end',
    ]);
    for (const { text, mdxLine, mdxColumn } of lines) expect(whole[mdxLine - 1]!.slice(mdxColumn - 1)).toBe(text);
    expect(filesOf(book, '01-test')['list.rs']).toBe('fn a() {\n\n    b();\n}\n');
  });

  test('blank lines at both ends of a listing stay', () => {
    const book = bookOf(chapter(1, fence('file="a.rs"', '', 'x', '')));
    expect(filesOf(book, '01-test')).toEqual({ 'a.rs': '\nx\n\n' });
  });

  test('Markdown inside a fence and fences inside comments are no listings', () => {
    const book = bookOf(
      chapter(
        1,
        `${fence('file="a.rs"', '# no heading', '{/* no comment */}')}\n{/*\n${fence('file="b.rs"', 'x')}*/}\n`,
      ),
    );
    expect(book.problems).toEqual([]);
    expect(Object.keys(filesOf(book, '01-test'))).toEqual(['a.rs']);
  });
});
