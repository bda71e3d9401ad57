/** Expands a state into the files of a Cargo project; every line keeps the listing line that it comes from. */

import type { Listing } from './chapter.ts';
import { formatPlace, type Place, type Problems } from './problem.ts';
import type { State } from './state.ts';

/** A phone shows 40 columns of a listing, a window of 1280 pixels 63 to 76. */
export const MAX_COLUMNS = 72;

export interface TangledLine {
  text: string;
  listing: Listing;
  /** Line of the listing, 1-based. */
  line: number;
  /** Columns of indentation that the chunk's references have put in front of it. */
  indent: number;
}

/** A line `<<name>>` and what stands in its place. */
export interface Reference {
  listing: Listing;
  /** Line of the listing, 1-based. */
  line: number;
  name: string;
  /** Listings that the chunk consists of in this state; empty if it is not defined. */
  definition: readonly Listing[];
  file: string;
  /** Index into the file's lines where the chunk begins, 0-based. */
  from: number;
  /** Index past the chunk's last line. */
  to: number;
}

export interface TangledFile {
  path: string;
  lines: TangledLine[];
  /** Id of the later checkpoint that the whole file is borrowed from. */
  borrowedFrom: string | null;
}

export interface Tangled {
  /** By path, in the order of code units. */
  files: TangledFile[];
  references: Reference[];
}

const REFERENCE = /^([ \t]*)<<(?![\s<])((?:(?!<<|>>).)*[^\s<>])>>[ \t]*$/;

/** The chunk that a line refers to and the indentation before it, or `null` for a line of its own. */
export function readReference(text: string): { indent: string; name: string } | null {
  const match = REFERENCE.exec(text);
  return match ? { indent: match[1]!, name: match[2]! } : null;
}

/** The text of a tangled file: each line with its newline. */
export function textOf(file: TangledFile): string {
  return file.lines.map((line) => `${line.text}\n`).join('');
}

export function placeOfLine(listing: Listing, line: number): Place {
  return { path: listing.path, line: listing.lines[line - 1]?.mdxLine ?? listing.fenceLine };
}

/**
 * Pure: depends on `state` alone. A reference that cannot be expanded is reported and stands for nothing; one that
 * would close a cycle stands for nothing too, and is reported by `reportCycles`.
 */
export function tangle(state: State, problems: Problems): Tangled {
  const expansion = new Expansion(state, problems);
  const files = [...state.files.keys()].sort().map((path) => expansion.file(path));
  return { files, references: expansion.references };
}

class Expansion {
  readonly references: Reference[] = [];
  readonly #state: State;
  readonly #problems: Problems;
  readonly #users = new Map<string, Reference>();

  constructor(state: State, problems: Problems) {
    this.#state = state;
    this.#problems = problems;
  }

  file(path: string): TangledFile {
    const file: TangledFile = { path, lines: [], borrowedFrom: null };
    for (const listing of this.#state.files.get(path)!) this.#expand(listing, '', [], file);
    return file;
  }

  #expand(listing: Listing, indent: string, open: readonly string[], file: TangledFile): void {
    listing.lines.forEach(({ text }, index) => {
      const line = index + 1;
      const reference = readReference(text);
      if (reference) {
        this.#reference(listing, line, reference.name, indent + reference.indent, open, file);
        return;
      }
      const whole = text === '' ? '' : indent + text;
      const columns = [...whole].length;
      if (columns > MAX_COLUMNS) {
        const message = `the line is ${columns} columns wide in ${file.path}: at most ${MAX_COLUMNS} fit a page`;
        this.#problems.add('line-too-wide', placeOfLine(listing, line), message);
      }
      file.lines.push({ text: whole, listing, line, indent: text === '' ? 0 : indent.length });
    });
  }

  #reference(
    listing: Listing,
    line: number,
    name: string,
    indent: string,
    open: readonly string[],
    file: TangledFile,
  ): void {
    const place = placeOfLine(listing, line);
    const definition = this.#state.chunks.get(name) ?? [];
    const reference: Reference = { listing, line, name, definition, file: file.path, from: file.lines.length, to: 0 };
    this.references.push(reference);
    if (definition.length === 0) {
      this.#problems.add('undefined-chunk', place, `<<${name}>> is not defined up to this chapter`);
    } else if (!open.includes(name)) {
      const other = this.#users.get(name);
      if (other) {
        const first = formatPlace(placeOfLine(other.listing, other.line));
        this.#problems.add('used-twice', place, `<<${name}>> is used already at ${first}: a listing has one place`);
      } else {
        this.#users.set(name, reference);
        for (const piece of definition) this.#expand(piece, indent, [...open, name], file);
      }
    }
    reference.to = file.lines.length;
  }
}

/** The listings that the project of `state` consists of. */
export function listingsIn(state: State, tangled: Tangled): Set<Listing> {
  const listings = new Set<Listing>();
  for (const pieces of state.files.values()) for (const piece of pieces) listings.add(piece);
  for (const reference of tangled.references) for (const piece of reference.definition) listings.add(piece);
  return listings;
}
