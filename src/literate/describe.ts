/** What a page shows around a listing: file, line numbers, what is new, what it replaces, where its chunks stand. */

import { type Book, type Checkpoint, findCheckpoint } from './book.ts';
import type { Listing } from './chapter.ts';
import { type Change, compareLines } from './diff.ts';
import type { Operation, Target } from './meta.ts';
import { Problems } from './problem.ts';
import { EMPTY_STATE, piecesOf, type State } from './state.ts';
import { listingsIn, type Reference, readReference, type Tangled, type TangledLine, tangle } from './tangle.ts';

/** Where a listing stands in the book. */
export interface ListingLink {
  /** Slug of the chapter. */
  chapter: string;
  chapterNumber: number;
  /** Anchor of the listing on that chapter's page, e.g. `listing-3-4`. */
  listing: string;
}

export interface ListingDescription extends ListingLink {
  target: Target;
  operation: Operation;
  /** Id of the experiment that alone sees this listing. */
  experiment: string | null;
  /** The file where its lines end up; `null` as long as nothing uses them. */
  file: string | null;
  /** Whether that file is new in this chapter: then every line is, and marks say nothing. */
  newFile: boolean;
  /** Line of its first line in that file, 1-based. */
  startLine: number | null;
  /** For each listing line its line in that file; `null` for a reference, whose chunk stands there instead. */
  lineNumbers: (number | null)[];
  /** Listing lines, 1-based, that the previous state lacks. */
  added: number[];
  /** Lines of the previous state that this listing takes out, each run with the listing line (1-based) that follows it. */
  removed: { before: number; lines: string[] }[];
  /** How many lines of the previous state it takes out or puts others in the place of. */
  replacedLines: number;
  /** Lines that hold only `<<name>>`: where that chunk is defined, in order. */
  references: { line: number; name: string; definitions: ListingLink[] }[];
  /** The line that a chunk's lines stand in the place of. */
  usedBy: (ListingLink & { line: number }) | null;
  /** The listing that this one extends or replaces. */
  previous: ListingLink | null;
  /** Checkpoints of earlier chapters that take the whole file as it stands here. */
  borrowedBy: string[];
}

/**
 * The one function that the site calls.
 *
 * @param mdxPath the chapter's MDX file: absolute, or relative to the project's root
 * @param fenceLine line of the opening fence, 1-based
 * @returns `null` for a fence that is no listing (a quotation, a console session)
 */
export function describeListing(book: Book, mdxPath: string, fenceLine: number): ListingDescription | null {
  return describerOf(book).describe(mdxPath.replaceAll('\\', '/'), fenceLine);
}

const describers = new WeakMap<Book, Describer>();

function describerOf(book: Book): Describer {
  let describer = describers.get(book);
  if (!describer) {
    describer = new Describer(book);
    describers.set(book, describer);
  }
  return describer;
}

/** A state beside the one before it. */
interface Step {
  state: State;
  tangled: Tangled;
  listings: Set<Listing>;
  before: State;
  tangledBefore: Tangled;
}

class Describer {
  readonly #book: Book;
  readonly #tangled = new Map<State, Tangled>();
  readonly #steps = new Map<State, Step>();
  readonly #changes = new Map<Step, Map<string, Change>>();
  readonly #known = new Map<Listing, ListingDescription>();

  constructor(book: Book) {
    this.#book = book;
  }

  describe(mdxPath: string, fenceLine: number): ListingDescription | null {
    const chapter = this.#book.chapters.find(({ path }) => mdxPath === path || mdxPath.endsWith(`/${path}`));
    const listing = chapter?.listings.find((candidate) => candidate.fenceLine === fenceLine);
    if (!listing) return null;
    let description = this.#known.get(listing);
    if (!description) {
      description = this.#describe(listing);
      this.#known.set(listing, description);
    }
    return description;
  }

  #describe(listing: Listing): ListingDescription {
    const step = this.#stepOf(listing);
    const own = step && linesOf(listing, step.tangled);
    const file = own?.file ?? null;
    const fileBefore = step?.tangledBefore.files.find((candidate) => candidate.path === file);
    const description: ListingDescription = {
      ...linkTo(listing),
      target: listing.target,
      operation: listing.operation,
      experiment: listing.experiment,
      file,
      newFile: file !== null && fileBefore === undefined,
      startLine: own?.starts[0] === undefined ? null : own.starts[0] + 1,
      lineNumbers: own
        ? own.numbers.map((index) => (index === null ? null : index + 1))
        : listing.lines.map(() => null),
      added: [],
      removed: [],
      replacedLines: 0,
      references: [],
      usedBy: null,
      previous: step ? previousOf(listing, step) : null,
      borrowedBy: this.#borrowersOf(listing, file),
    };
    if (!step || !own || file === null) return description;
    for (const reference of step.tangled.references) {
      if (reference.listing === listing) {
        const definitions = reference.definition.map(linkTo);
        description.references.push({ line: reference.line, name: reference.name, definitions });
      }
      if (reference.definition.includes(listing)) {
        description.usedBy = { ...linkTo(reference.listing), line: reference.line };
      }
    }
    description.added = addedLines(listing, own, this.#change(step, file), step);
    description.removed = this.#removedBy(listing, own, step);
    description.replacedLines = description.removed.reduce((sum, run) => sum + run.lines.length, 0);
    return description;
  }

  /** The first state that contains the listing, beside the one before it. */
  #stepOf(listing: Listing): Step | null {
    if (listing.experiment !== null) {
      const experiment = findCheckpoint(this.#book, listing.experiment);
      const base = this.#book.states.get(listing.chapterNumber);
      return experiment && base ? this.#step(experiment.state, base) : null;
    }
    let before = EMPTY_STATE;
    for (const { number } of this.#book.chapters) {
      const state = this.#book.states.get(number)!;
      if (number >= listing.chapterNumber) {
        const step = this.#step(state, before);
        if (step.listings.has(listing)) return step;
      }
      before = state;
    }
    return null;
  }

  #step(state: State, before: State): Step {
    let step = this.#steps.get(state);
    if (!step) {
      const tangled = this.#tangle(state);
      step = { state, tangled, listings: listingsIn(state, tangled), before, tangledBefore: this.#tangle(before) };
      this.#steps.set(state, step);
    }
    return step;
  }

  #tangle(state: State): Tangled {
    let tangled = this.#tangled.get(state);
    if (!tangled) {
      tangled = tangle(state, new Problems());
      this.#tangled.set(state, tangled);
    }
    return tangled;
  }

  #change(step: Step, path: string): Change {
    let changes = this.#changes.get(step);
    if (!changes) {
      changes = new Map();
      this.#changes.set(step, changes);
    }
    let change = changes.get(path);
    if (!change) {
      const find = (tangled: Tangled): readonly TangledLine[] =>
        tangled.files.find((file) => file.path === path)?.lines ?? [];
      change = compareLines(find(step.tangledBefore), find(step.tangled));
      changes.set(path, change);
    }
    return change;
  }

  #removedBy(listing: Listing, own: OwnLines, step: Step): ListingDescription['removed'] {
    const removed: ListingDescription['removed'] = [];
    if (listing.operation !== 'replace') return removed;
    for (const file of step.tangledBefore.files) {
      for (const { at, lines } of this.#change(step, file.path).removed) {
        const texts = lines
          .map((index) => file.lines[index]!)
          .filter((line) => removerOf(line.listing, step) === listing)
          .map((line) => line.text);
        if (texts.length === 0) continue;
        const following = file.path === own.file ? own.starts.findIndex((start) => start >= at) : 0;
        removed.push({ before: following < 0 ? listing.lines.length + 1 : following + 1, lines: texts });
      }
    }
    return removed;
  }

  #borrowersOf(listing: Listing, file: string | null): string[] {
    if (file === null || listing.experiment !== null) return [];
    return this.#book.checkpoints
      .filter((checkpoint) => borrowsFrom(checkpoint, file, listing))
      .map((checkpoint) => checkpoint.id);
  }
}

/** Where a listing's lines stand in the tangled file, as indices into it. */
interface OwnLines {
  file: string | null;
  /** For each listing line; `null` for a reference. */
  numbers: (number | null)[];
  /** For each listing line where it, or the chunk in its place, begins. */
  starts: number[];
}

function linesOf(listing: Listing, tangled: Tangled): OwnLines {
  const own: OwnLines = { file: null, numbers: listing.lines.map(() => null), starts: [] };
  for (const file of tangled.files) {
    file.lines.forEach((line, index) => {
      if (line.listing !== listing) return;
      own.file = file.path;
      own.numbers[line.line - 1] = index;
      own.starts[line.line - 1] = index;
    });
  }
  for (const reference of tangled.references) {
    if (reference.listing !== listing) continue;
    own.file = reference.file;
    own.starts[reference.line - 1] = reference.from;
  }
  own.file ??= fileOfEmpty(listing, tangled);
  return own;
}

/** A listing without lines leaves a file or a chunk empty; it still belongs to a file. */
function fileOfEmpty(listing: Listing, tangled: Tangled): string | null {
  if (listing.target.kind === 'file') return listing.target.name;
  return tangled.references.find((reference: Reference) => reference.definition.includes(listing))?.file ?? null;
}

function addedLines(listing: Listing, own: OwnLines, change: Change, step: Step): number[] {
  const standing = new Set(
    (piecesOf(step.before, listing.target) ?? []).flatMap((piece) => piece.lines.map((line) => line.text)),
  );
  return listing.lines.flatMap(({ text }, index) => {
    const at = own.numbers[index] ?? null;
    if (at !== null) return change.kept[at] === null ? [index + 1] : [];
    return readReference(text) && !standing.has(text) ? [index + 1] : [];
  });
}

/** The listing that took `gone` out: it replaces the chunk or file of `gone`, or one that used it. */
function removerOf(gone: Listing, step: Step): Listing | null {
  for (let listing: Listing | undefined = gone; listing; ) {
    const pieces = piecesOf(step.state, listing.target);
    if (pieces === undefined) return null;
    if (!pieces.includes(listing)) return pieces[0]!;
    const current: Listing = listing;
    listing = step.tangledBefore.references.find(({ definition }) => definition.includes(current))?.listing;
  }
  return null;
}

function previousOf(listing: Listing, step: Step): ListingLink | null {
  if (listing.operation === 'append') {
    const pieces = piecesOf(step.state, listing.target) ?? [];
    const before = pieces[pieces.indexOf(listing) - 1];
    return before ? linkTo(before) : null;
  }
  const replaced = listing.operation === 'replace' ? piecesOf(step.before, listing.target)?.[0] : undefined;
  return replaced ? linkTo(replaced) : null;
}

function borrowsFrom(checkpoint: Checkpoint, file: string, listing: Listing): boolean {
  return checkpoint.tangled.files.some(
    ({ path, borrowedFrom, lines }) =>
      path === file && borrowedFrom !== null && lines.some((line) => line.listing === listing),
  );
}

function linkTo(listing: Listing): ListingLink {
  return { chapter: listing.chapter, chapterNumber: listing.chapterNumber, listing: listing.id };
}
