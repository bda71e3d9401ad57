/** Chunks that use one another in a circle, reachable from a file or not. */

import type { Problems } from './problem.ts';
import type { State } from './state.ts';
import { placeOfLine, readReference } from './tangle.ts';

/** Reports each circle once, at the line that closes it. */
export function reportCycles(state: State, problems: Problems): void {
  const done = new Set<string>();
  const visit = (name: string, open: readonly string[]): void => {
    for (const listing of state.chunks.get(name) ?? []) {
      listing.lines.forEach(({ text }, index) => {
        const next = readReference(text)?.name;
        if (next === undefined) return;
        if (open.includes(next)) {
          const circle = [...open.slice(open.indexOf(next)), next].map((link) => `<<${link}>>`);
          problems.add('cycle', placeOfLine(listing, index + 1), `a cycle: ${circle.join(' uses ')}`);
        } else if (!done.has(next)) visit(next, [...open, next]);
      });
    }
    done.add(name);
  };
  for (const name of state.chunks.keys()) if (!done.has(name)) visit(name, [name]);
}
