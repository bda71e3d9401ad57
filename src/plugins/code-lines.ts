/** Which lines of the book's listings have code in a kernel, from the line map of its checkpoint. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CheckpointInfo } from '../literate/checkpoint-info.ts';

/** Anchor of a listing to its lines, 1-based. */
type CodeLines = ReadonlyMap<string, ReadonlySet<number>>;

const known = new Map<string, CodeLines>();

/** @returns nothing for a checkpoint that has not been built yet */
export function codeLinesOf(root: string, checkpoint: string): CodeLines {
  let lines = known.get(checkpoint);
  if (!lines) {
    const path = join(root, 'public', 'checkpoints', checkpoint, 'info.json');
    lines = existsSync(path) ? read(JSON.parse(readFileSync(path, 'utf8')) as CheckpointInfo) : new Map();
    known.set(checkpoint, lines);
  }
  return lines;
}

function read({ files, lineMap }: CheckpointInfo): CodeLines {
  const lines = new Map<string, Set<number>>();
  for (const [, , fileIndex, line] of lineMap) {
    const place = files[fileIndex]?.lines[line - 1];
    if (!place) continue;
    const ofListing = lines.get(place.listing) ?? new Set();
    lines.set(place.listing, ofListing.add(place.line));
  }
  return lines;
}
