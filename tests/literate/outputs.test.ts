import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { staticFaults } from '../../scripts/kernels/check.ts';
import { makeFiles, projectWithLock, readCommitted, writeFiles } from '../../scripts/kernels/outputs.ts';
import { findCheckpoint } from '../../src/literate/book.ts';
import { hashProject, sha256, toolchainOf } from '../../src/literate/checkpoint-lock.ts';
import { CHAPTERS_FOLDER, loadBook } from '../../src/literate/load.ts';
import { packProject, unpackProject } from '../../src/literate/source-zip.ts';
import { writeCheckpoints, writeTree } from '../../src/literate/write-tree.ts';
import { describeWith } from '../support/environment.ts';
import { bookOf, chapter, fence } from './book-of.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'literate-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('source.zip', () => {
  const files = new Map([
    ['src/main.rs', 'fn main() {}\n'],
    ['Cargo.toml', '[package]\n'],
    ['.cargo/config.toml', 'é\n'],
  ]);

  test('gives back what went in, under one folder', () => {
    expect(unpackProject(packProject('03-x', files))).toEqual(new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1))));
  });

  test('is the same for any order of the files and in any time zone', () => {
    const zip = packProject('x', files);
    expect(packProject('x', new Map([...files].reverse()))).toEqual(zip);
    const script = `import { packProject } from ${JSON.stringify(join(import.meta.dirname, '../../src/literate/source-zip.ts'))};
      process.stdout.write(packProject('x', new Map(${JSON.stringify([...files])})));`;
    for (const TZ of ['UTC', 'Pacific/Kiritimati', 'America/Los_Angeles']) {
      const made = execFileSync(process.execPath, ['--input-type=module-typescript', '-e', script], {
        env: { ...process.env, TZ },
      });
      expect(new Uint8Array(made)).toEqual(zip);
    }
  });

  describeWith(['unzip'], 'another program', () => {
    test('unzip reads it', () => {
      writeFileSync(join(folder, 'a.zip'), packProject('top', files));
      execFileSync('unzip', ['-q', 'a.zip'], { cwd: folder });
      for (const [path, text] of files) expect(readFileSync(join(folder, 'top', path), 'utf8')).toBe(text);
    });
  });
});

describe('writing projects', () => {
  test('leaves alone what is unchanged and what is Cargo’s, removes what is gone', () => {
    writeTree(folder, new Map([['src/a.rs', 'a'], ['b', 'b']])); // biome-ignore format: one line tells it
    mkdirSync(join(folder, 'target'));
    for (const name of ['target/x', 'Cargo.lock', 'src/stray']) writeFileSync(join(folder, name), name);
    const before = statSync(join(folder, 'src/a.rs'), { bigint: true }).mtimeNs;
    const change = writeTree(folder, new Map([['src/a.rs', 'a'], ['c/d', 'd']])); // biome-ignore format: one line tells it
    expect(change).toEqual({ written: 1, removed: 2 });
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual(
      ['Cargo.lock', 'c', 'c/d', 'src', 'src/a.rs', 'target', 'target/x'].sort(),
    );
    expect(statSync(join(folder, 'src/a.rs'), { bigint: true }).mtimeNs).toBe(before);
  });

  test('removes the folders of checkpoints that are no more', () => {
    writeCheckpoints(bookOf(chapter(1, fence('file="a.rs"', 'x')), chapter(2, '')), folder);
    expect(readdirSync(folder)).toEqual(['01-test', '02-test']);
    writeCheckpoints(bookOf(chapter(2, fence('file="b.rs"', 'y'))), folder);
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual(['02-test', join('02-test', 'b.rs')]);
  });
});

test('a book is read anew only when a chapter has changed', () => {
  const chapters = join(folder, CHAPTERS_FOLDER);
  expect(loadBook(folder).chapters).toEqual([]);
  mkdirSync(chapters, { recursive: true });
  const path = join(chapters, '01-test.mdx');
  writeFileSync(path, chapter(1, fence('file="a.rs"', 'x')).text);
  const first = loadBook(folder);
  expect(first.checkpoints.map(({ id }) => id)).toEqual(['01-test']);
  writeFileSync(path, readFileSync(path));
  expect(loadBook(folder)).toBe(first);
  writeFileSync(path, chapter(1, fence('file="a.rs"', 'y')).text);
  expect(loadBook(folder)).not.toBe(first);
});

describe('a committed checkpoint', () => {
  const book = bookOf(chapter(1, fence('file="a.rs"', 'x', 'y')));
  const checkpoint = findCheckpoint(book, '01-test')!;
  const kernel = {
    elf: new Uint8Array([1, 2, 3]),
    symbols: [{ name: '_start', address: '100000', size: 3 }],
    lineMap: [['100000', 3, 0, 2]] as [string, number, number, number][],
    cargoLock: 'version = 4\n',
    disk: null,
  };
  const run = {
    memoryMiB: 64,
    boot: 'kernel' as const,
    keys: [],
    until: null,
    time: 5,
    instructions: 5,
    end: 'halted' as const,
  };
  const entry = {
    source: hashProject(projectWithLock(checkpoint, kernel.cargoLock)),
    rustc: 'rustc 1.88.0',
    elf: sha256(kernel.elf),
  };
  const commit = () => writeFiles(folder, '01-test', makeFiles(checkpoint, kernel, { run, screen: 'hello\n' }));
  const faults = (lock: typeof entry | undefined = entry) =>
    staticFaults(checkpoint, readCommitted(folder, '01-test'), lock).join('\n');

  test('says where each of its lines stands in the book', () => {
    commit();
    expect(readCommitted(folder, '01-test')).toMatchObject({
      kernel,
      info: {
        id: '01-test',
        title: 'Test 1',
        chapter: '01-test',
        experimentOf: null,
        kernel: { bytes: 3, sha256: sha256(kernel.elf) },
        run,
        files: [
          {
            path: 'a.rs',
            lines: [
              { chapter: '01-test', listing: 'listing-1-1', line: 1 },
              { chapter: '01-test', listing: 'listing-1-1', line: 2 },
            ],
          },
        ],
      },
    });
    expect(faults()).toBe('');
    expect(commit()).toEqual([]);
  });

  test('is faulty when a file is missing or has been changed', () => {
    expect(faults()).toMatch(/is incomplete/);
    commit();
    expect(faults({ ...entry, source: '0' })).toMatch(/other listings/);
    expect(staticFaults(checkpoint, readCommitted(folder, '01-test'), undefined).join()).toMatch(/no entry/);
    writeFileSync(join(folder, '01-test/kernel.elf'), 'x');
    expect(faults()).toMatch(/not the file that lock.json names\n.*not the file that info.json names/);
    commit();
    const stale = new Map([...projectWithLock(checkpoint, kernel.cargoLock), ['a.rs', 'x\n']]);
    writeFileSync(join(folder, '01-test/source.zip'), packProject('01-test', stale));
    expect(faults()).toMatch(/source.zip: a.rs is not as the listings have it/);
    rmSync(join(folder, '01-test/screen.txt'));
    expect(existsSync(join(folder, '01-test'))).toBe(true);
    expect(readCommitted(folder, '01-test')).toBeNull();
  });
});

test('the toolchain of a lock is the one that built most of it', () => {
  const entry = (rustc: string) => ({ source: '', elf: '', rustc });
  expect(toolchainOf({})).toBeNull();
  expect(toolchainOf({ a: entry('1'), b: entry('2'), c: entry('2') })).toBe('2');
});
