import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildBook, findCheckpoint } from '../../src/literate/book.ts';
import type { SourceText } from '../../src/literate/chapter.ts';
import { compareLines } from '../../src/literate/diff.ts';
import { textOf } from '../../src/literate/tangle.ts';
import { chapter, fence, filesOf } from './book-of.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`tests/literate/properties.test.ts: SEED=${seed}`);
fc.configureGlobal({ seed, numRuns: 150 });

/** A line of code: no reference, no fence, narrow enough for any indentation here. */
const codeLine = fc
  .tuple(fc.integer({ min: 0, max: 6 }), fc.stringMatching(/^[a-z{}();<>=+*'"#\\ ]{0,16}$/))
  .map(([indent, text]) => (text.trim() === '' ? '' : ' '.repeat(indent) + text.trim()))
  .filter((line) => !/<<.*>>/.test(line));

const lines = fc.array(codeLine, { minLength: 1, maxLength: 40 });

/** A random cut of a file into chunks, nested at random: how each of them is written down, and where. */
interface Cut {
  from: number;
  to: number;
  inside: Cut[];
  /** Whether the chunk is given in two listings, the second of which extends the first. */
  split: boolean;
}

function cutOf(from: number, to: number, depth: number): fc.Arbitrary<Cut[]> {
  if (depth === 0 || to - from < 2) return fc.constant([]);
  return fc
    .tuple(fc.integer({ min: from, max: to - 1 }), fc.integer({ min: 1, max: to - from }), fc.boolean())
    .chain(([start, length, split]) => {
      const end = Math.min(start + length, to);
      return fc
        .tuple(cutOf(start, end, depth - 1), cutOf(end, to, depth - 1))
        .map(([inside, after]) => [{ from: start, to: end, inside, split }, ...after]);
    });
}

const chunkedFile = lines.chain((text) => fc.tuple(fc.constant(text), cutOf(0, text.length, 4)));

/** Writes a chunked file as listings; the first is the file, the order of the chunks is for the caller to choose. */
function listingsOf(file: readonly string[], cuts: readonly Cut[]): string[] {
  const chunks: string[] = [];
  let count = 0;
  const write = (meta: string, from: number, to: number, inside: readonly Cut[], indent: number, split: boolean) => {
    const body: string[] = [];
    let at = from;
    const plain = (end: number): void => {
      for (; at < end; at++) body.push(file[at] === '' ? '' : file[at]!.slice(indent));
    };
    for (const cut of inside) {
      plain(cut.from);
      const widths = file.slice(cut.from, cut.to).flatMap((line) => (line === '' ? [] : [line.search(/\S/)]));
      const own = Math.max(indent, Math.min(...widths, 72));
      const depth = widths.length === 0 ? indent : own;
      const name = `chunk ${++count}`;
      body.push(`${' '.repeat(depth - indent)}<<${name}>>`);
      write(`chunk="${name}"`, cut.from, cut.to, cut.inside, depth, cut.split);
      at = cut.to;
    }
    plain(to);
    const middle = split && body.length > 1 ? Math.ceil(body.length / 2) : body.length;
    const parts = [fence(meta, ...body.slice(0, middle))];
    if (middle < body.length) parts.push(fence(`${meta} append`, ...body.slice(middle)));
    chunks.push(parts.join('\nprose\n\n'));
  };
  write('file="a.rs"', 0, file.length, cuts, 0, false);
  return chunks;
}

describe('properties of tangling', () => {
  test('a file cut into chunks at random, in any order, tangles back to itself', () => {
    fc.assert(
      fc.property(chunkedFile, fc.infiniteStream(fc.nat()), ([file, cuts], order) => {
        const listings = listingsOf(file, cuts)
          .map((text) => ({ text, key: order.next().value as number }))
          .sort((a, b) => a.key - b.key);
        const book = buildBook([chapter(1, listings.map(({ text }) => text).join('\n'))]);
        expect(book.problems).toEqual([]);
        expect(filesOf(book, '01-test')).toEqual({ 'a.rs': file.map((line) => `${line}\n`).join('') });
      }),
    );
  });

  test('every tangled line has one place in the MDX file, every listing line but a reference one place in the file', () => {
    fc.assert(
      fc.property(chunkedFile, ([file, cuts]) => {
        const source = chapter(1, listingsOf(file, cuts).join('\n'));
        const book = buildBook([source]);
        const mdx = source.text.split('\n');
        const { tangled, chapter: owner } = findCheckpoint(book, '01-test')!;
        const places = tangled.files[0]!.lines.map(({ text, listing, line, indent }) => {
          const { mdxLine, mdxColumn } = listing.lines[line - 1]!;
          // The text of the MDX file, found by the place alone.
          expect(mdx[mdxLine - 1]!.slice(mdxColumn - 1)).toBe(text.slice(indent));
          return mdxLine;
        });
        expect(new Set(places).size).toBe(places.length);
        const all = owner.listings.flatMap((listing) => listing.lines);
        expect(places.length + tangled.references.length).toBe(all.length);
      }),
    );
  });

  /** Chapter 1 defines, the later ones replace and extend at random. */
  const story = fc
    .tuple(
      fc.array(lines, { minLength: 2, maxLength: 4 }),
      fc.array(fc.tuple(fc.nat(3), fc.boolean(), lines), { maxLength: 6 }),
    )
    .map(([chunks, steps]): SourceText[] => {
      const root = chunks.map((_, index) => `  <<c${index}>>`);
      const first = [
        fence('file="a.rs"', ...root),
        ...chunks.map((body, index) => fence(`chunk="c${index}"`, ...body)),
      ];
      const later = steps.map(([which, replace, body], index) =>
        chapter(index + 2, fence(`chunk="c${which % chunks.length}" ${replace ? 'replace' : 'append'}`, ...body)),
      );
      return [chapter(1, first.join('\n')), ...later];
    });

  test('the state at chapter N depends on chapters 1 to N alone, whatever order the files come in', () => {
    fc.assert(
      fc.property(story, fc.nat(6), (sources, cut) => {
        const whole = buildBook(sources);
        expect(whole.problems).toEqual([]);
        const kept = sources.slice(0, 1 + (cut % sources.length));
        const part = buildBook([...kept].reverse());
        for (const { id } of part.checkpoints) expect(filesOf(part, id)).toEqual(filesOf(whole, id));
      }),
    );
  });

  test('what is kept, added and removed rebuilds both versions', () => {
    fc.assert(
      fc.property(story, (sources) => {
        const book = buildBook(sources);
        for (let index = 1; index < book.checkpoints.length; index++) {
          const [before, after] = [index - 1, index].map((at) => book.checkpoints[at]!.tangled.files[0]!);
          const { kept, removed } = compareLines(before!.lines, after!.lines);
          const gone = removed.flatMap((run) => run.lines);
          const stayed = kept.filter((line) => line !== null);
          expect([...stayed].sort((a, b) => a - b)).toEqual(stayed);
          expect([...stayed, ...gone].sort((a, b) => a - b)).toEqual(before!.lines.map((_, line) => line));
          kept.forEach((old, line) => {
            if (old !== null) expect(before!.lines[old]!.text).toBe(after!.lines[line]!.text);
          });
          // Putting the removed runs back and taking the new lines out gives the old file.
          const rebuilt: string[] = [];
          for (let line = 0; line <= kept.length; line++) {
            for (const run of removed)
              if (run.at === line) rebuilt.push(...run.lines.map((old) => before!.lines[old]!.text));
            if (line < kept.length && kept[line] !== null) rebuilt.push(after!.lines[line]!.text);
          }
          expect(rebuilt.map((line) => `${line}\n`).join('')).toBe(textOf(before!));
        }
      }),
    );
  });
});
