import { describe, expect, test } from 'vitest';
import { describeListing, type ListingDescription } from '../../src/literate/describe.ts';
import { BODY_LINE, bookOf, chapter, fence, mdxPath } from './book-of.ts';

/** Describes the listings of a chapter in order. */
function describeAll(book: ReturnType<typeof bookOf>, number: number): ListingDescription[] {
  const { listings, path } = book.chapters.find((candidate) => candidate.number === number)!;
  return listings.map(({ fenceLine }) => describeListing(book, path, fenceLine)!);
}

describe('a listing of the first chapter', () => {
  const book = bookOf(
    chapter(
      1,
      fence('file="a.rs"', 'one', '    <<mid>>', 'last') +
        fence('chunk="mid"', 'two', 'three') +
        fence('chunk="mid" append', 'four'),
    ),
  );
  const [file, mid, more] = describeAll(book, 1);

  test('has its file, its line numbers and its links', () => {
    expect(book.problems).toEqual([]);
    expect(file).toMatchObject({
      listing: 'listing-1-1',
      chapter: '01-test',
      chapterNumber: 1,
      file: 'a.rs',
      newFile: true,
      startLine: 1,
      lineNumbers: [1, null, 5],
      references: [
        {
          line: 2,
          name: 'mid',
          definitions: [
            { chapter: '01-test', listing: 'listing-1-2' },
            { chapter: '01-test', listing: 'listing-1-3' },
          ],
        },
      ],
      usedBy: null,
      previous: null,
    });
    expect(mid).toMatchObject({
      file: 'a.rs',
      startLine: 2,
      lineNumbers: [2, 3],
      usedBy: { chapter: '01-test', listing: 'listing-1-1', line: 2 },
    });
    expect(more).toMatchObject({ startLine: 4, lineNumbers: [4], previous: { listing: 'listing-1-2' } });
  });

  test('is found by the absolute path too, and nothing else is', () => {
    expect(describeListing(book, `/anywhere/${mdxPath(1)}`, BODY_LINE)).toBe(file);
    expect(describeListing(book, mdxPath(1), BODY_LINE + 1)).toBeNull();
    expect(describeListing(book, mdxPath(2), BODY_LINE)).toBeNull();
  });
});

describe('what a later chapter changes', () => {
  const first = chapter(
    1,
    fence('file="a.rs"', 'fn a() {', '    old();', '}', '', '<<b>>', '<<c>>') +
      fence('chunk="b"', 'fn b() {', '    keep();', '    gone();', '}') +
      fence('chunk="c"', 'fn c() {', '}'),
  );

  test('a replaced chunk: kept, added and removed lines', () => {
    const book = bookOf(
      first,
      chapter(2, fence('chunk="b" replace', 'fn b() {', '    keep();', '    come();', '    more();', '}')),
    );
    expect(book.problems).toEqual([]);
    expect(describeAll(book, 2)[0]).toMatchObject({
      startLine: 5,
      newFile: false,
      added: [3, 4],
      removed: [{ before: 3, lines: ['    gone();'] }],
      replacedLines: 1,
      previous: { listing: 'listing-1-2' },
    });
  });

  test('an added function keeps its own brace: only lines of the same origin, or in place of removed ones, are the same', () => {
    const book = bookOf(first, chapter(2, fence('chunk="b" append', '', 'fn d() {', '    keep();', '}')));
    expect(describeAll(book, 2)[0]).toMatchObject({ added: [1, 2, 3, 4], removed: [], startLine: 9 });
  });

  test('a line that equals the one after it in the file is still the added one', () => {
    const book = bookOf(
      chapter(
        1,
        fence('file="a.rs"', '<<b>>', '<<c>>') + fence('chunk="b"', 'b') + fence('chunk="c"', '', 'fn c() {', '}'),
      ),
      chapter(2, fence('chunk="b" append', '', 'fn d() {', '}')),
    );
    expect(describeAll(book, 2)[0]).toMatchObject({ added: [1, 2, 3], removed: [], startLine: 2 });
  });

  test('a chunk that the new version of its user no longer names counts as removed by it', () => {
    const book = bookOf(first, chapter(2, fence('file="a.rs" replace', 'fn a() {', '    old();', '}', '', '<<c>>')));
    expect(book.problems).toEqual([]);
    expect(describeAll(book, 2)[0]).toMatchObject({
      added: [],
      removed: [{ before: 5, lines: ['fn b() {', '    keep();', '    gone();', '}'] }],
      replacedLines: 4,
      lineNumbers: [1, 2, 3, 4, null],
    });
  });

  test('a new reference is an added line; its chunk is added in its own listing', () => {
    const book = bookOf(
      first,
      chapter(2, fence('chunk="c" replace', 'fn c() {', '    <<d>>', '}') + fence('chunk="d"', 'd();')),
    );
    const [c, d] = describeAll(book, 2);
    expect(c).toMatchObject({ added: [2], lineNumbers: [9, null, 11], removed: [] });
    expect(d).toMatchObject({ added: [1], startLine: 10, usedBy: { listing: 'listing-2-1', line: 2 } });
  });

  test('the whole of a file that is replaced by another', () => {
    const book = bookOf(first, chapter(2, fence('file="a.rs" replace', 'x')));
    expect(describeAll(book, 2)[0]).toMatchObject({ added: [1], replacedLines: 10, removed: [{ before: 1 }] });
  });

  test('a chunk that waits for a later chapter to use it is described there', () => {
    const book = bookOf(
      chapter(1, fence('file="a.rs"', 'x') + fence('chunk="late"', 'y')),
      chapter(2, fence('file="a.rs" append', '<<late>>')),
    );
    expect(book.problems).toEqual([]);
    expect(describeAll(book, 1)[1]).toMatchObject({ file: 'a.rs', startLine: 2, usedBy: { chapter: '02-test' } });
  });

  test('an experiment is compared with its own chapter', () => {
    const book = bookOf(
      first,
      chapter(
        2,
        fence('chunk="c" append', 'end') + fence('chunk="c" replace experiment="02-x"', 'fn c() {', '    bad();', '}'),
        'experiments: [{ id: 02-x, title: X }]\n',
      ),
    );
    expect(book.problems).toEqual([]);
    expect(describeAll(book, 2)[1]).toMatchObject({
      experiment: '02-x',
      listing: 'listing-2-2',
      startLine: 9,
      added: [2],
      removed: [{ before: 4, lines: ['end'] }],
    });
  });

  test('a listing without lines takes out what it replaces', () => {
    const book = bookOf(
      first,
      chapter(
        2,
        fence('file="b.rs"', 'x') + fence('chunk="b" replace experiment="02-x"'),
        'experiments: [{ id: 02-x, title: X }]\n',
      ),
    );
    expect(book.problems).toEqual([]);
    expect(describeAll(book, 2)[1]).toMatchObject({
      file: 'a.rs',
      startLine: null,
      removed: [{ before: 1, lines: ['fn b() {', '    keep();', '    gone();', '}'] }],
    });
  });

  test('who borrows the file', () => {
    const book = bookOf(
      chapter(1, fence('file="a.rs"', 'x'), '  borrows: { from: 03-test, files: [boot.s] }\n'),
      chapter(3, fence('file="boot.s"', 'one')),
    );
    expect(describeAll(book, 3)[0]).toMatchObject({ borrowedBy: ['01-test'], newFile: true });
  });

  test('a book with faults is described as far as it goes', () => {
    const book = bookOf(chapter(1, fence('file="a.rs"', '<<no>>', 'x') + fence('chunk="stray"', 'y')));
    expect(book.problems.length).toBe(2);
    const [file, stray] = describeAll(book, 1);
    expect(file).toMatchObject({ lineNumbers: [null, 1], references: [{ name: 'no', definitions: [] }] });
    expect(stray).toMatchObject({ file: null, startLine: null, lineNumbers: [null] });
  });
});
