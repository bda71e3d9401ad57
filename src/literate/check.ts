/** Every line shown is used: a listing that no kernel contains is an error. */

import type { Checkpoint } from './book.ts';
import type { Chapter, Listing } from './chapter.ts';
import type { Problems } from './problem.ts';
import { nameOf, placeOf } from './state.ts';
import { listingsIn, readReference } from './tangle.ts';

/** The overrides of experiments need no look here: an unused one changes nothing, and that is reported. */
export function reportUse(chapters: readonly Chapter[], checkpoints: readonly Checkpoint[], problems: Problems): void {
  const used = new Set<Listing>();
  for (const { state, tangled } of checkpoints) for (const listing of listingsIn(state, tangled)) used.add(listing);
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
