/** The book as a model: chapters in order, the state after each, and the kernels that they build. */

import { type Chapter, type Listing, readChapter, type SourceText } from './chapter.ts';
import { reportUse } from './check.ts';
import { reportCycles } from './cycles.ts';
import type { CheckpointHead } from './frontmatter.ts';
import { formatPlace, type Problem, Problems } from './problem.ts';
import { applyListing, EMPTY_STATE, placeOf, removeFile, type State } from './state.ts';
import { type Tangled, type TangledFile, tangle, textOf } from './tangle.ts';

/** A kernel that the book builds: a chapter's own, or one of its experiments. */
export interface Checkpoint extends CheckpointHead {
  chapter: Chapter;
  /** The healthy checkpoint that this experiment varies; `null` for a chapter's own. */
  experimentOf: string | null;
  /** What the chapters so far say, with the experiment's overrides. */
  state: State;
  /** The whole project, borrowed files included. */
  tangled: Tangled;
}

export interface Book {
  /** By chapter number. */
  readonly chapters: readonly Chapter[];
  /** In reading order; a chapter's experiments follow its own checkpoint. */
  readonly checkpoints: readonly Checkpoint[];
  /** All that is wrong with the sources, in reading order; nothing may be built while there is any. */
  readonly problems: readonly Problem[];
  /** State after each chapter, by chapter number. */
  readonly states: ReadonlyMap<number, State>;
}

/** Pure: the same sources give the same book. Every fault is collected in `problems`. */
export function buildBook(sources: readonly SourceText[]): Book {
  const problems = new Problems();
  const chapters = readChapters(sources, problems);
  const states = foldChapters(chapters, problems);
  const checkpoints = makeCheckpoints(chapters, states, problems);
  borrowFiles(checkpoints, problems);
  for (const { state } of checkpoints) reportCycles(state, problems);
  reportUse(chapters, checkpoints, problems);
  return { chapters, checkpoints, states, problems: problems.sorted() };
}

export function findCheckpoint(book: Book, id: string): Checkpoint | undefined {
  return book.checkpoints.find((checkpoint) => checkpoint.id === id);
}

/** Path to text of every file of a project. */
export function projectOf(checkpoint: Checkpoint): Map<string, string> {
  return new Map(checkpoint.tangled.files.map((file) => [file.path, textOf(file)]));
}

function readChapters(sources: readonly SourceText[], problems: Problems): Chapter[] {
  const chapters: Chapter[] = [];
  const ids = new Map<string, CheckpointHead>();
  for (const source of [...sources].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const chapter = readChapter(source, problems);
    if (chapter === null) continue;
    const twin = chapters.find((other) => other.number === chapter.number);
    if (twin) {
      const first = formatPlace(twin.place);
      problems.add('duplicate-id', chapter.place, `chapter ${chapter.number} stands already at ${first}`);
      continue;
    }
    chapters.push(chapter);
    for (const head of [...(chapter.checkpoint ? [chapter.checkpoint] : []), ...chapter.experiments]) {
      const other = ids.get(head.id);
      if (other)
        problems.add('duplicate-id', head.place, `id ${head.id} stands already at ${formatPlace(other.place)}`);
      else ids.set(head.id, head);
    }
    for (const experiment of chapter.experiments) {
      if (chapter.checkpoint) break;
      problems.add('unknown-experiment', experiment.place, `${experiment.id}: its chapter has no checkpoint to vary`);
    }
  }
  return chapters.sort((a, b) => a.number - b.number);
}

function foldChapters(chapters: readonly Chapter[], problems: Problems): Map<number, State> {
  const states = new Map<number, State>();
  let state = EMPTY_STATE;
  for (const chapter of chapters) {
    for (const { path, place } of chapter.removes) state = removeFile(state, path, place, problems);
    for (const listing of chapter.listings) {
      if (listing.experiment === null) state = applyListing(state, listing, problems);
    }
    states.set(chapter.number, state);
  }
  return states;
}

function makeCheckpoints(
  chapters: readonly Chapter[],
  states: ReadonlyMap<number, State>,
  problems: Problems,
): Checkpoint[] {
  const checkpoints: Checkpoint[] = [];
  const ids = new Set<string>();
  const add = (head: CheckpointHead, chapter: Chapter, experimentOf: string | null, state: State): void => {
    if (ids.has(head.id)) return;
    ids.add(head.id);
    checkpoints.push({ ...head, chapter, experimentOf, state, tangled: tangle(state, problems) });
  };
  for (const chapter of chapters) {
    const state = states.get(chapter.number)!;
    reportUnknownExperiments(chapter, problems);
    if (chapter.checkpoint === null) continue;
    add(chapter.checkpoint, chapter, null, state);
    for (const experiment of chapter.experiments) {
      const varied = varyState(chapter, experiment, state, problems);
      add(experiment, chapter, chapter.checkpoint.id, varied);
    }
  }
  return checkpoints;
}

function reportUnknownExperiments(chapter: Chapter, problems: Problems): void {
  for (const listing of chapter.listings) {
    const id = listing.experiment;
    if (id === null || chapter.experiments.some((experiment) => experiment.id === id)) continue;
    problems.add('unknown-experiment', placeOf(listing), `the frontmatter of this chapter has no experiment ${id}`);
  }
}

function varyState(chapter: Chapter, experiment: CheckpointHead, base: State, problems: Problems): State {
  const overrides = chapter.listings.filter((listing) => listing.experiment === experiment.id);
  if (overrides.length === 0) {
    problems.add('experiment-without-override', experiment.place, `no listing says experiment="${experiment.id}"`);
  }
  const apply = (listings: readonly Listing[], report: Problems): State =>
    listings.reduce((state, listing) => applyListing(state, listing, report), base);
  const textOfState = (state: State): string =>
    tangle(state, new Problems())
      .files.map((file) => `${file.path}\n${textOf(file)}`)
      .join('\0');
  const whole = apply(overrides, problems);
  const text = textOfState(whole);
  for (const override of overrides) {
    const others = overrides.filter((other) => other !== override);
    if (textOfState(apply(others, new Problems())) === text) {
      problems.add('override-changes-nothing', placeOf(override), `${experiment.id} is the same without this listing`);
    }
  }
  return whole;
}

/** Chapters 1 and 2 run kernels whose way of starting chapter 3 explains: they take whole files as they stand there. */
const LAST_BORROWING_CHAPTER = 2;

function borrowFiles(checkpoints: Checkpoint[], problems: Problems): void {
  const own = new Map(checkpoints.map((checkpoint) => [checkpoint.id, checkpoint.tangled]));
  for (const checkpoint of checkpoints) {
    const { borrows, number } = checkpoint.chapter;
    if (borrows === null) continue;
    const lender = checkpoints.find((other) => other.id === borrows.from);
    if (number > LAST_BORROWING_CHAPTER) {
      problems.add(
        'borrow',
        borrows.place,
        `only chapters 1 to ${LAST_BORROWING_CHAPTER} borrow, not chapter ${number}`,
      );
    } else if (lender === undefined) {
      problems.add('borrow', borrows.place, `there is no checkpoint ${borrows.from} to borrow from`);
    } else if (lender.chapter.number <= number) {
      problems.add('borrow', borrows.place, `${borrows.from} is no later checkpoint: its files stand here already`);
    } else {
      const files = borrows.files.flatMap(({ path, place }): TangledFile[] => {
        const file = own.get(lender.id)!.files.find((candidate) => candidate.path === path);
        if (file === undefined) {
          problems.add('borrow', place, `${borrows.from} has no file ${path}`);
          return [];
        }
        if (checkpoint.state.files.has(path)) {
          const first = formatPlace(placeOf(checkpoint.state.files.get(path)![0]!));
          problems.add('file-in-two-places', place, `${path} is listed already at ${first}: it cannot be borrowed too`);
          return [];
        }
        return [{ ...file, borrowedFrom: lender.id }];
      });
      const all = [...checkpoint.tangled.files, ...files].sort((a, b) => (a.path < b.path ? -1 : 1));
      checkpoint.tangled = { ...checkpoint.tangled, files: all };
    }
  }
}
