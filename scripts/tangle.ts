/**
 * `npm run tangle [-- --watch]`: writes each checkpoint's Cargo project to `build/checkpoints/ID`.
 * Exit code 1 if the chapters have faults; nothing is written then.
 */

import { watch } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CHAPTERS_FOLDER, loadBook } from '../src/literate/load.ts';
import { formatProblem } from '../src/literate/problem.ts';
import { writeCheckpoints } from '../src/literate/write-tree.ts';

const root = resolve(import.meta.dirname, '..');

function run(): boolean {
  const book = loadBook(root);
  for (const problem of book.problems) console.error(formatProblem(problem));
  if (book.problems.length > 0) {
    console.error(`${book.problems.length} faults in the chapters: nothing tangled`);
    return false;
  }
  const { written, removed } = writeCheckpoints(book, join(root, 'build/checkpoints'));
  const ids = book.checkpoints.map((checkpoint) => checkpoint.id).join(', ');
  console.log(`build/checkpoints: ${ids || 'no checkpoint yet'} (${written} files written, ${removed} removed)`);
  return true;
}

function wantsWatch(): boolean {
  try {
    return parseArgs({ options: { watch: { type: 'boolean', default: false } } }).values.watch;
  } catch (error) {
    console.error(`tangle: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}

const watching = wantsWatch();
const whole = run();
if (watching) {
  let pending: NodeJS.Timeout | undefined;
  watch(join(root, CHAPTERS_FOLDER), () => {
    clearTimeout(pending);
    pending = setTimeout(run, 100);
  });
} else if (!whole) process.exitCode = 1;
