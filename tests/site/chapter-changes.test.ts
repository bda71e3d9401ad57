/** What a chapter adds, counted from its listings; the lines themselves are held against `diff`. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { changesOfChapter, sizeInWords } from '../../src/components/code/chapter-changes.ts';
import { hunksOf } from '../../src/components/code/project-diff.ts';
import { loadBook } from '../../src/literate/load.ts';
import { textOf } from '../../src/literate/tangle.ts';
import { bookOf, chapter, fence } from '../literate/book-of.ts';

const first = chapter(1, fence('file="src/main.rs"', 'fn main() {', '    hello();', '}') + fence('file="a.toml"', 'x'));

describe('a chapter of our own', () => {
  it('is all new where nothing stood before', () => {
    const changes = changesOfChapter(bookOf(first), 1);
    expect(changes.since).toBeNull();
    expect(changes.files.map(({ path, before, added }) => [path, before, added])).toEqual([
      ['a.toml', null, 1],
      ['src/main.rs', null, 3],
    ]);
    expect(sizeInWords(changes)).toBe('This chapter adds 4 lines: 3 of Rust and 1 around them.');
  });

  it('is compared with the chapter before', async () => {
    const second = chapter(
      2,
      fence('file="src/main.rs" replace', 'fn main() {', '    hello();', '    world();', '}') +
        fence('file="src/boot.s"', 'hlt'),
      '  removes: [a.toml]\n',
    );
    const changes = changesOfChapter(bookOf(first, second), 2);
    expect(changes.since).toBe(1);
    expect(changes.files.map(({ path, added, removed }) => [path, added, removed])).toEqual([
      ['a.toml', 0, 1],
      ['src/boot.s', 1, 0],
      ['src/main.rs', 1, 0],
    ]);
    expect(sizeInWords(changes)).toBe('This chapter adds 2 lines: 1 of Rust and 1 of assembly. It takes 1 away.');
    const [hunk, ...others] = await hunksOf(changes.files[2]!);
    expect(others).toEqual([]);
    expect(hunk?.map(({ kind, number }) => [kind, number])).toEqual([
      ['kept', 1],
      ['kept', 2],
      ['added', 3],
      ['kept', 4],
    ]);
  });
});

/** Lines added less lines removed, by `diff`. */
function growth(before: string, after: string): number {
  const folder = mkdtempSync(join(tmpdir(), 'book-'));
  try {
    writeFileSync(join(folder, 'a'), before);
    writeFileSync(join(folder, 'b'), after);
    const script = `diff -u a b | tail -n +3 | grep -c '^[+]'; diff -u a b | tail -n +3 | grep -c '^-'; true`;
    const [added, removed] = execFileSync('sh', ['-c', script], { cwd: folder, encoding: 'utf8' })
      .split('\n')
      .map(Number);
    return (added ?? 0) - (removed ?? 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the book', () => {
  const book = loadBook(process.cwd());
  for (const { number, slug } of book.chapters) {
    it(`${slug}: its diffs lead from one state to the next`, async () => {
      for (const change of changesOfChapter(book, number).files) {
        const [before, after] = [change.before, change.after].map((file) => (file ? textOf(file) : ''));
        expect(change.added - change.removed, change.path).toBe(growth(before ?? '', after ?? ''));
        const shown = (await hunksOf(change)).flat();
        expect(shown.filter(({ kind }) => kind === 'added')).toHaveLength(change.added);
        expect(shown.filter(({ kind }) => kind === 'removed')).toHaveLength(change.removed);
      }
    });
  }
});
