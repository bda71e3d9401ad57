/** What changes from one state of a project to another: files that are new or gone, and hunks of those that stay. */

import { compareLines } from '../../literate/diff.ts';
import { type TangledFile, textOf } from '../../literate/tangle.ts';
import { highlightLines, type Ink } from './highlight.ts';

export interface DiffLine {
  kind: 'kept' | 'added' | 'removed';
  /** Line in the later file, 1-based; `null` for a removed one. */
  number: number | null;
  ink: Ink[];
}

export interface FileChange {
  path: string;
  /** Before and after; `null` where the file does not exist. */
  before: TangledFile | null;
  after: TangledFile | null;
  /** Lines. */
  added: number;
  removed: number;
}

/** Unchanged lines shown around a change. */
const context = 2;

/** Files that differ, by path. */
export function changedFiles(before: readonly TangledFile[], after: readonly TangledFile[]): FileChange[] {
  const paths = [...new Set([...before, ...after].map((file) => file.path))].sort();
  const find = (files: readonly TangledFile[], path: string) => files.find((file) => file.path === path) ?? null;
  return paths
    .map((path) => measured(path, find(before, path), find(after, path)))
    .filter(({ before, after, added, removed }) => before === null || after === null || added + removed > 0);
}

function measured(path: string, before: TangledFile | null, after: TangledFile | null): FileChange {
  const { kept, removed } = compareLines(before?.lines ?? [], after?.lines ?? []);
  return {
    path,
    before,
    after,
    added: kept.filter((line) => line === null).length,
    removed: removed.reduce((sum, { lines }) => sum + lines.length, 0),
  };
}

/** The changes of one file, each with its surroundings. */
export async function hunksOf({ path, before, after }: FileChange): Promise<DiffLine[][]> {
  const empty: TangledFile = { path, lines: [], borrowedFrom: null };
  return split(await diffLines(before ?? empty, after ?? empty));
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

function split(lines: DiffLine[]): DiffLine[][] {
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
