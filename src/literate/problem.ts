/** What can be wrong with the book's sources, each with the place in the MDX file where it stands. */

export type ProblemCode =
  | 'mdx'
  | 'frontmatter'
  | 'meta'
  | 'unmarked-fence'
  | 'file-in-two-places'
  | 'defined-twice'
  | 'nothing-to-append-to'
  | 'nothing-to-replace'
  | 'undefined-chunk'
  | 'unused-chunk'
  | 'used-twice'
  | 'cycle'
  | 'unused-listing'
  | 'line-too-wide'
  | 'unknown-experiment'
  | 'experiment-without-override'
  | 'override-changes-nothing'
  | 'borrow'
  | 'removal'
  | 'duplicate-id';

/** A place in an MDX file; lines and columns are 1-based. */
export interface Place {
  /** Relative to the project's root, with `/`. */
  path: string;
  line: number;
  column?: number;
}

export interface Problem extends Place {
  code: ProblemCode;
  message: string;
}

/** `path:line` or `path:line:column`, as terminals and editors link it. */
export function formatPlace(place: Place): string {
  return place.column === undefined ? `${place.path}:${place.line}` : `${place.path}:${place.line}:${place.column}`;
}

export function formatProblem(problem: Problem): string {
  return `${formatPlace(problem)}: error: ${problem.message}`;
}

/** Collects problems; the same fault found in the states of several chapters counts once. */
export class Problems {
  readonly #seen = new Set<string>();
  readonly list: Problem[] = [];

  add(code: ProblemCode, place: Place, message: string): void {
    const problem: Problem = { code, path: place.path, line: place.line, message };
    if (place.column !== undefined) problem.column = place.column;
    const key = `${code} ${formatProblem(problem)}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.list.push(problem);
  }

  /** In reading order: by file, then by line. */
  sorted(): Problem[] {
    return [...this.list].sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1));
  }
}
