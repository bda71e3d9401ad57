import { describe, expect, test } from 'vitest';
import { bookOf, chapter, codesOf, faultsOf, fence, mdxPath } from './book-of.ts';

/** The body of `chapter` starts at MDX line 7. */
const root = fence('file="a.rs"', '<<b>>');
const b = fence('chunk="b"', '1');

describe('faults name the MDX file and line', () => {
  test('a chunk named but not defined', () => {
    expect(faultsOf(bookOf(chapter(1, fence('file="a.rs"', 'x', '  <<no such>>'))))).toEqual([
      `undefined-chunk ${mdxPath(1)}:9: error: <<no such>> is not defined up to this chapter`,
    ]);
  });

  test('a chunk that only a later chapter defines', () => {
    expect(codesOf(bookOf(chapter(1, root), chapter(2, b)))).toEqual(['undefined-chunk@8']);
  });

  test('a chunk defined twice, in one chapter and in two', () => {
    expect(faultsOf(bookOf(chapter(1, root + b + b)))).toEqual([
      `defined-twice ${mdxPath(1)}:13: error: <<b>> is defined already at ${mdxPath(1)}:10: say append or replace`,
      `unused-listing ${mdxPath(1)}:13: error: no checkpoint contains the lines of this listing`,
    ]);
    expect(faultsOf(bookOf(chapter(1, root + b), chapter(2, b)))[0]).toBe(
      `defined-twice ${mdxPath(2)}:7: error: <<b>> is defined already at ${mdxPath(1)}:10: say append or replace`,
    );
  });

  test('a chunk that is never used', () => {
    expect(faultsOf(bookOf(chapter(1, fence('file="a.rs"', 'x') + b)))).toEqual([
      `unused-chunk ${mdxPath(1)}:10: error: <<b>> is never used`,
    ]);
  });

  test('a cycle, reachable or not', () => {
    const cycle = fence('chunk="b"', '<<c>>') + fence('chunk="c"', 'x', '<<b>>');
    expect(faultsOf(bookOf(chapter(1, root + cycle)))).toEqual([
      `cycle ${mdxPath(1)}:15: error: a cycle: <<b>> uses <<c>> uses <<b>>`,
    ]);
    expect(codesOf(bookOf(chapter(1, fence('file="a.rs"', 'x') + cycle)))).toContain('cycle@15');
    expect(codesOf(bookOf(chapter(1, root + fence('chunk="b"', '<<b>>'))))).toEqual(['cycle@11']);
  });

  test('a chunk used in two places', () => {
    const book = bookOf(chapter(1, fence('file="a.rs"', '<<b>>', '<<b>>') + b));
    expect(faultsOf(book)).toEqual([
      `used-twice ${mdxPath(1)}:9: error: <<b>> is used already at ${mdxPath(1)}:8: a listing has one place`,
    ]);
  });

  test('a file listed in two places', () => {
    const file = fence('file="a.rs"', 'x');
    expect(faultsOf(bookOf(chapter(1, file), chapter(2, file)))[0]).toBe(
      `file-in-two-places ${mdxPath(2)}:7: error: a.rs is listed already at ${mdxPath(1)}:7: say append or replace`,
    );
  });

  test('append and replace of what does not exist', () => {
    expect(codesOf(bookOf(chapter(1, fence('file="a.rs" append', 'x'))))).toEqual(['nothing-to-append-to@7']);
    expect(codesOf(bookOf(chapter(1, root + fence('chunk="b" replace', 'x'))))).toEqual(['nothing-to-replace@10']);
  });

  test('a listing that is replaced before any checkpoint contains it', () => {
    expect(codesOf(bookOf(chapter(1, root + b + fence('chunk="b" replace', '2'))))).toEqual(['unused-listing@10']);
  });

  test('a line wider than 72 columns, its indentation counted', () => {
    const width = (count: number) => fence('file="a.rs"', '    <<b>>') + fence('chunk="b"', 'x', 'y'.repeat(count));
    expect(codesOf(bookOf(chapter(1, width(68))))).toEqual([]);
    expect(faultsOf(bookOf(chapter(1, width(69))))).toEqual([
      `line-too-wide ${mdxPath(1)}:12: error: the line is 73 columns wide in a.rs: at most 72 fit a page`,
    ]);
  });

  test('a fence that is not closed', () => {
    expect(codesOf(bookOf(chapter(1, `${root}${b}\`\`\`console\n$ ls\n`)))).toEqual(['mdx@13']);
    expect(codesOf(bookOf(chapter(1, `${root}${b}- x\n\n  \`\`\`console\n  $ ls\n\nend\n`)))).toEqual(['mdx@15']);
  });

  test('a fence of a kernel language without meta', () => {
    expect(codesOf(bookOf(chapter(1, '```rust\nx\n```\n\n```toml title="x"\n```\n')))).toEqual([
      'unmarked-fence@7',
      'unmarked-fence@11',
    ]);
    expect(codesOf(bookOf(chapter(1, '```rust quote\nx\n```\n\n```console\n$ ls\n```\n\n```\nx\n```\n')))).toEqual([]);
  });

  test('several faults are all reported, in reading order', () => {
    const book = bookOf(chapter(2, fence('file="b.rs"', '<<x>>', '<<y>>')), chapter(1, fence('chunk="z" append', '1')));
    expect(book.problems.map(({ code, path, line }) => [code, path, line])).toEqual([
      ['nothing-to-append-to', mdxPath(1), 7],
      ['unused-chunk', mdxPath(1), 7],
      ['undefined-chunk', mdxPath(2), 8],
      ['undefined-chunk', mdxPath(2), 9],
    ]);
  });
});

describe('faults of experiments', () => {
  const head = 'experiments:\n  - id: 01-x\n    title: X\n';

  test('an experiment without any override', () => {
    expect(codesOf(bookOf(chapter(1, root + b, head)))).toEqual(['experiment-without-override@7']);
  });

  test('an override of an unknown experiment', () => {
    const wrong = fence('chunk="b" replace experiment="01-y"', '2');
    expect(codesOf(bookOf(chapter(1, root + b + wrong)))).toEqual(['unknown-experiment@13']);
  });

  test('an override that changes nothing', () => {
    const same = fence('chunk="b" replace experiment="01-x"', '1');
    expect(codesOf(bookOf(chapter(1, root + b + same, head)))).toEqual(['override-changes-nothing@16']);
  });

  test('an override of what does not exist', () => {
    const wrong = fence('chunk="c" replace experiment="01-x"', '1');
    expect(codesOf(bookOf(chapter(1, root + b + wrong, head)))).toContain('nothing-to-replace@16');
  });

  test('an experiment of a chapter without a checkpoint', () => {
    const text = '---\ntitle: T\nchapter: 1\nexperiments:\n  - id: 01-x\n    title: X\n---\n';
    expect(codesOf(bookOf({ path: mdxPath(1), text }))).toEqual(['unknown-experiment@5']);
  });
});

describe('faults of the frontmatter', () => {
  const three = chapter(3, fence('file="boot.s"', 'x'));
  const borrowing = (number: number, rest: string) => chapter(number, '', `  borrows: ${rest}\n`);

  test('borrowing', () => {
    expect(codesOf(bookOf(borrowing(1, '{ from: 03-test, files: [no.s] }'), three))).toEqual(['borrow@6']);
    expect(codesOf(bookOf(borrowing(1, '{ from: 09-test, files: [boot.s] }'), three))).toEqual(['borrow@6']);
    expect(codesOf(bookOf(three, borrowing(4, '{ from: 03-test, files: [boot.s] }')))).toEqual(['borrow@6']);
    const both = chapter(1, fence('file="boot.s"', 'y'), '  borrows: { from: 03-test, files: [boot.s] }\n');
    expect(codesOf(bookOf(both, { ...three, text: three.text.replace('boot.s"', 'boot.s" append') }))).toEqual([
      'file-in-two-places@6',
    ]);
    expect(codesOf(bookOf(borrowing(1, '{ from: 03-test, files: [] }'), three))).toEqual(['frontmatter@6']);
  });

  test('removing what is not there', () => {
    expect(codesOf(bookOf(chapter(1, root + b, '  removes: [z.rs]\n')))).toEqual(['removal@6']);
  });

  test('duplicated ids and chapter numbers', () => {
    const experiments = 'experiments:\n  - id: 01-test\n    title: X\n';
    expect(codesOf(bookOf(chapter(1, root + b, experiments)))).toContain('duplicate-id@7');
    const twin = { ...chapter(1, ''), path: 'src/content/docs/chapters/01-twin.mdx' };
    expect(bookOf(chapter(1, root + b), twin).problems).toMatchObject([
      { code: 'duplicate-id', path: twin.path, line: 3 },
    ]);
  });

  const head = (yaml: string) => ({ path: mdxPath(1), text: `---\n${yaml}\n---\n` });
  test.each([
    ['title: T', 2],
    ['title: T\nchapter: one', 3],
    ['title: T\nchapter: 0', 3],
    ['chapter: 1', 2],
    ['title: [', 2],
    ['title: T\nchapter: 1\ncheckpoint: x', 4],
    ['title: T\nchapter: 1\ncheckpoint:\n  id: 02-wrong', 5],
    ['title: T\nchapter: 1\ncheckpoint:\n  id: 01-Big', 5],
    ['title: T\nchapter: 1\ncheckpoint:\n  id: 01-a\n  memory: 1', 6],
    ['title: T\nchapter: 1\ncheckpoint:\n  id: 01-a\n  colour: red', 6],
    ['title: T\nchapter: 1\ncheckpoint:\n  id: 01-a\n  keys:\n    - after: x', 7],
    ['title: T\nchapter: 1\ncheckpoint:\n  id: 01-a\n  boot: floppy', 6],
    ['title: T\nchapter: 1\ncheckpoint:\n  id: 01-a\n  until: 5', 6],
    ['title: T\nchapter: 1\ncheckpoint:\n  id: 01-a\n  borrows:\n    from: 03-a\n    files: [../x]', 8],
  ])('%j', (yaml, line) => {
    expect(codesOf(bookOf(head(yaml))).filter((code) => !code.startsWith('borrow'))).toEqual([`frontmatter@${line}`]);
  });

  test('none at all, and MDX that does not parse', () => {
    expect(codesOf(bookOf({ path: mdxPath(1), text: 'x\n' }))).toEqual(['frontmatter@1']);
    expect(faultsOf(bookOf(chapter(1, 'x\n\n<Open>\n')))).toEqual([
      expect.stringMatching(/^mdx .*:\d+: error: not valid MDX/),
    ]);
  });
});
