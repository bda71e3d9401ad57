/** What an experiment changes in the project of the kernel that it varies, as hunks with their surroundings. */

import type { Checkpoint } from '../../literate/book.ts';
import { compareLines } from '../../literate/diff.ts';
import { type TangledFile, textOf } from '../../literate/tangle.ts';
import { highlightLines, type Ink } from './highlight.ts';

export interface DiffLine {
  kind: 'kept' | 'added' | 'removed';
  /** Line in the variant's file, 1-based; `null` for a removed one. */
  number: number | null;
  ink: Ink[];
}

export interface FileDiff {
  path: string;
  hunks: DiffLine[][];
}

/** Unchanged lines shown around a change. */
const context = 2;

export async function diffOfVariant(healthy: Checkpoint, variant: Checkpoint): Promise<FileDiff[]> {
  const paths = new Set([...healthy.tangled.files, ...variant.tangled.files].map((file) => file.path));
  const diffs: FileDiff[] = [];
  for (const path of paths) {
    const find = ({ tangled }: Checkpoint) => tangled.files.find((file) => file.path === path) ?? emptyFile(path);
    const hunks = hunksOf(await diffLines(find(healthy), find(variant)));
    if (hunks.length) diffs.push({ path, hunks });
  }
  return diffs;
}

function emptyFile(path: string): TangledFile {
  return { path, lines: [], borrowedFrom: null };
}

async function diffLines(before: TangledFile, after: TangledFile): Promise<DiffLine[]> {
  const change = compareLines(before.lines, after.lines);
  const [oldInk, newInk] = await Promise.all([
    highlightLines(textOf(before), before.path),
    highlightLines(textOf(after), after.path),
  ]);
  const lines: DiffLine[] = [];
  for (let at = 0; at <= after.lines.length; at++) {
    for (const run of change.removed.filter((candidate) => candidate.at === at)) {
      for (const line of run.lines) lines.push({ kind: 'removed', number: null, ink: oldInk[line] ?? [] });
    }
    if (at < after.lines.length) {
      lines.push({ kind: change.kept[at] === null ? 'added' : 'kept', number: at + 1, ink: newInk[at] ?? [] });
    }
  }
  return lines;
}

function hunksOf(lines: DiffLine[]): DiffLine[][] {
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - context), index + context + 1).some((line) => line.kind !== 'kept'),
  );
  const hunks: DiffLine[][] = [];
  lines.forEach((line, index) => {
    if (!near[index]) return;
    if (!near[index - 1]) hunks.push([]);
    hunks.at(-1)?.push(line);
  });
  return hunks;
}
