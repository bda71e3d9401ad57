/** Makes books out of strings, for tests. */

import { type Book, buildBook, findCheckpoint } from '../../src/literate/book.ts';
import type { SourceText } from '../../src/literate/chapter.ts';
import { formatProblem } from '../../src/literate/problem.ts';
import { textOf } from '../../src/literate/tangle.ts';

export function mdxPath(number: number): string {
  return `src/content/docs/chapters/${String(number).padStart(2, '0')}-test.mdx`;
}

/** A chapter with a checkpoint `NN-test`; line 1 of `body` is MDX line `BODY_LINE` unless `frontmatter` adds lines. */
export function chapter(number: number, body: string, frontmatter = ''): SourceText {
  const id = `${String(number).padStart(2, '0')}-test`;
  const head = `---\ntitle: Test ${number}\nchapter: ${number}\ncheckpoint:\n  id: ${id}\n${frontmatter}---\n`;
  return { path: mdxPath(number), text: head + body };
}

export const BODY_LINE = 7;

/** A fence; `lines` without a final newline. */
export function fence(meta: string, ...lines: string[]): string {
  return `\`\`\`rust ${meta}\n${lines.map((line) => `${line}\n`).join('')}\`\`\`\n`;
}

export function bookOf(...sources: SourceText[]): Book {
  return buildBook(sources);
}

/** `code path:line message` of every problem. */
export function faultsOf(book: Book): string[] {
  return book.problems.map((problem) => `${problem.code} ${formatProblem(problem)}`);
}

/** Code and line of every problem, for tests of one chapter. */
export function codesOf(book: Book): string[] {
  return book.problems.map((problem) => `${problem.code}@${problem.line}`);
}

export function filesOf(book: Book, id: string): Record<string, string> {
  const files = findCheckpoint(book, id)!.tangled.files;
  return Object.fromEntries(files.map((file) => [file.path, textOf(file)]));
}
