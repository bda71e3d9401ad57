/** What changed from one version of a tangled file to the next. */

import type { TangledLine } from './tangle.ts';

export interface Change {
  /** Index into the old lines for each new line that stood there already; `null` for one that is new. */
  kept: (number | null)[];
  /** Runs of old lines that are gone: `at` is the index of the new line before which they stood. */
  removed: { at: number; lines: number[] }[];
}

/**
 * Lines that come from the same line of the same listing are the same lines; only what stands between them is
 * compared by its text. So a brace of a new function is never taken for the brace of an old one.
 */
export function compareLines(before: readonly TangledLine[], after: readonly TangledLine[]): Change {
  const kept: (number | null)[] = after.map(() => null);
  const anchors = ascending(sameOrigin(before, after));
  const texts = (lines: readonly TangledLine[]): string[] => lines.map((line) => line.text);
  let oldFrom = 0;
  let newFrom = 0;
  for (const { oldIndex, newIndex } of [...anchors, { oldIndex: before.length, newIndex: after.length }]) {
    const common = commonLines(texts(before.slice(oldFrom, oldIndex)), texts(after.slice(newFrom, newIndex)));
    for (const [left, right] of common) kept[newFrom + right] = oldFrom + left;
    if (newIndex < after.length) kept[newIndex] = oldIndex;
    oldFrom = oldIndex + 1;
    newFrom = newIndex + 1;
  }
  return { kept, removed: removedRuns(before.length, kept) };
}

interface Pair {
  oldIndex: number;
  newIndex: number;
}

function sameOrigin(before: readonly TangledLine[], after: readonly TangledLine[]): Pair[] {
  const key = (line: TangledLine): string => `${line.listing.id}:${line.line}`;
  const places = new Map(before.map((line, index) => [key(line), index]));
  return after.flatMap((line, newIndex) => {
    const oldIndex = places.get(key(line));
    return oldIndex === undefined || before[oldIndex]!.text !== line.text ? [] : [{ oldIndex, newIndex }];
  });
}

/** The longest run of pairs that ascends on both sides: a chunk that moved counts as removed and added. */
function ascending(pairs: readonly Pair[]): Pair[] {
  const ends: number[] = [];
  const previous: number[] = [];
  pairs.forEach(({ oldIndex }, index) => {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pairs[ends[middle]!]!.oldIndex < oldIndex) low = middle + 1;
      else high = middle;
    }
    previous[index] = low > 0 ? ends[low - 1]! : -1;
    ends[low] = index;
  });
  const run: Pair[] = [];
  for (let index = ends.at(-1) ?? -1; index >= 0; index = previous[index]!) run.unshift(pairs[index]!);
  return run;
}

/** Pairs of a longest common subsequence. */
function commonLines(left: readonly string[], right: readonly string[]): [number, number][] {
  const width = right.length + 1;
  const length = new Uint32Array((left.length + 1) * width);
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      length[i * width + j] =
        left[i] === right[j]
          ? length[(i + 1) * width + j + 1]! + 1
          : Math.max(length[(i + 1) * width + j]!, length[i * width + j + 1]!);
    }
  }
  const pairs: [number, number][] = [];
  let i = 0;
  let j = 0;
  while (i < left.length && j < right.length) {
    if (left[i] === right[j]) pairs.push([i++, j++]);
    else if (length[(i + 1) * width + j]! >= length[i * width + j + 1]!) i++;
    else j++;
  }
  return pairs;
}

function removedRuns(oldCount: number, kept: readonly (number | null)[]): Change['removed'] {
  const removed: Change['removed'] = [];
  let next = 0;
  const gap = (to: number, at: number): void => {
    if (to <= next) return;
    removed.push({ at, lines: Array.from({ length: to - next }, (_, index) => next + index) });
  };
  let lastKept = 0;
  kept.forEach((oldIndex, newIndex) => {
    if (oldIndex === null) return;
    // Where new lines stand in the place of old ones, the old ones come first.
    gap(oldIndex, lastKept);
    next = oldIndex + 1;
    lastKept = newIndex + 1;
  });
  gap(oldCount, lastKept);
  return removed;
}
