/** A search index small enough to be read whole: one entry a section. */

export interface Passage {
  /** Relative to the book's root, with the section's anchor. */
  url: string;
  page: string;
  /** Heading of the section; empty before the first. */
  section: string;
  text: string;
}

export interface Match {
  passage: Passage;
  /** The words around the first match. */
  excerpt: string;
}

const excerptLength = 160;

/**
 * Sections that hold every word of the query, as it stands or as the beginning of a word.
 * @returns best first: words of a heading weigh more than words of the text
 */
export function findPassages(passages: readonly Passage[], query: string, limit = 20): Match[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const scored: { match: Match; score: number }[] = [];
  for (const passage of passages) {
    const text = passage.text.toLowerCase();
    const heading = `${passage.page} ${passage.section}`.toLowerCase();
    if (!words.every((word) => text.includes(word) || heading.includes(word))) continue;
    const score = words.reduce(
      (sum, word) => sum + (heading.includes(word) ? 10 : 0) + Math.min(occurrences(text, word), 5),
      0,
    );
    scored.push({ match: { passage, excerpt: excerptAround(passage.text, text.indexOf(words[0]!)) }, score });
  }
  return scored
    .sort((a, b) => b.score - a.score)
    .slice(0, limit)
    .map(({ match }) => match);
}

function occurrences(text: string, word: string): number {
  return text.split(word).length - 1;
}

function excerptAround(text: string, at: number): string {
  const from = at < excerptLength / 2 ? 0 : text.lastIndexOf(' ', at - excerptLength / 3) + 1;
  const excerpt = text.slice(from, from + excerptLength);
  return `${from > 0 ? '… ' : ''}${excerpt}${from + excerptLength < text.length ? ' …' : ''}`;
}
