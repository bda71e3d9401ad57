/** Every line shown is used: a listing that no kernel contains is an error. */

import type { Chapter, Listing } from './chapter.ts';
import type { Problems } from './problem.ts';
import { nameOf, placeOf, type State } from './state.ts';
import { listingsIn, readReference, type Tangled } from './tangle.ts';

/** What a kernel is built from. */
interface Project {
  state: State;
  tangled: Tangled;
}

/** The overrides of experiments need no look here: an unused one changes nothing, and that is reported. */
export function reportUse(chapters: readonly Chapter[], projects: readonly Project[], problems: Problems): void {
  const used = new Set<Listing>();
  for (const { state, tangled } of projects) for (const listing of listingsIn(state, tangled)) used.add(listing);
  const named = new Set<string>();
  for (const { listings } of chapters) {
    for (const { lines } of listings) {
      for (const { text } of lines) {
        const name = readReference(text)?.name;
        if (name !== undefined) named.add(name);
      }
    }
  }
  for (const listing of chapters.flatMap((chapter) => chapter.listings)) {
    if (listing.experiment !== null || used.has(listing)) continue;
    const { target } = listing;
    if (target.kind === 'chunk' && !named.has(target.name)) {
      problems.add('unused-chunk', placeOf(listing), `${nameOf(target)} is never used`);
    } else {
      problems.add('unused-listing', placeOf(listing), 'no checkpoint contains the lines of this listing');
    }
  }
}
