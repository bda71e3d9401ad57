/** Reads one chapter: its frontmatter and its listings, each line with its place in the MDX file. */

import { mdxToMdast } from 'satteri';
import { type ChapterHead, readFrontmatter } from './frontmatter.ts';
import { type ListingMeta, readFenceMeta } from './meta.ts';
import type { Place, Problems } from './problem.ts';

export interface ListingLine {
  text: string;
  /** Line of the MDX file, 1-based. */
  mdxLine: number;
  /** Column of the MDX line where the text begins, 1-based: past the indentation of a list or a JSX element. */
  mdxColumn: number;
}

/** A fence whose lines go into a kernel. */
export interface Listing extends ListingMeta {
  /** `listing-CHAPTER-ORDINAL`, e.g. `listing-3-4`: also its anchor on the chapter's page. */
  id: string;
  /** Slug of its chapter. */
  chapter: string;
  chapterNumber: number;
  /** The MDX file, relative to the project's root. */
  path: string;
  /** MDX line of the opening fence, 1-based. */
  fenceLine: number;
  language: string;
  lines: ListingLine[];
}

export interface Chapter extends ChapterHead {
  /** The MDX file's name without extension, e.g. `03-bootloader`. */
  slug: string;
  /** Relative to the project's root. */
  path: string;
  listings: Listing[];
}

/** A source file as it stands on the disk. */
export interface SourceText {
  /** Relative to the project's root, with `/`. */
  path: string;
  text: string;
}

/** What this module needs of a node of the Markdown tree. */
interface TreeNode {
  type: string;
  value?: string;
  lang?: string | null;
  meta?: string | null;
  children?: TreeNode[];
  position?: { start: { line: number; column: number }; end: { line: number; column: number } };
}

const CLOSING_FENCE = /(`{3,}|~{3,})[ \t]*$/;

export function slugOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.mdx$/, '');
}

/** `null` when the file cannot be read as MDX or has no usable frontmatter; `problems` then says why. */
export function readChapter(source: SourceText, problems: Problems): Chapter | null {
  const text = source.text.replace(/\r\n?/g, '\n');
  let tree: TreeNode;
  try {
    tree = mdxToMdast(text) as TreeNode;
  } catch (error) {
    problems.add(
      'mdx',
      placeOfSyntaxError(source.path, error),
      `not valid MDX: ${messageOf(error).replace(/^\d+:\d+: /, '')}`,
    );
    return null;
  }
  const yaml = tree.children?.find((node) => node.type === 'yaml');
  const head = readFrontmatter(source.path, yaml?.value ?? null, (yaml?.position?.start.line ?? 0) + 1, problems);
  if (head === null) return null;

  const chapter: Chapter = { ...head, slug: slugOf(source.path), path: source.path, listings: [] };
  const mdxLines = text.split('\n');
  for (const node of codeNodes(tree)) {
    const listing = readListing(node, chapter, mdxLines, problems);
    if (listing) chapter.listings.push(listing);
  }
  return chapter;
}

function* codeNodes(node: TreeNode): Generator<TreeNode> {
  if (node.type === 'code') yield node;
  for (const child of node.children ?? []) yield* codeNodes(child);
}

function readListing(node: TreeNode, chapter: Chapter, mdxLines: string[], problems: Problems): Listing | null {
  const { start, end } = node.position!;
  const place: Place = { path: chapter.path, line: start.line };
  const count = end.line - start.line - 1;
  const closed = count >= 0 && CLOSING_FENCE.test(mdxLines[end.line - 1]!.slice(0, end.column - 1));
  const texts = count <= 0 ? [] : (node.value ?? '').split('\n');
  if (!closed || texts.length !== count) {
    problems.add('mdx', place, 'the fence is not closed');
    return null;
  }
  const meta = readFenceMeta(node.lang ?? null, node.meta ?? null);
  if (meta.kind === 'wrong') problems.add(meta.code, place, meta.message);
  if (meta.kind !== 'listing') return null;

  const lines = texts.map((text, index): ListingLine => {
    const mdxLine = start.line + 1 + index;
    const whole = mdxLines[mdxLine - 1]!;
    return { text, mdxLine, mdxColumn: whole.endsWith(text) ? whole.length - text.length + 1 : start.column };
  });
  return {
    ...meta.listing,
    id: `listing-${chapter.number}-${chapter.listings.length + 1}`,
    chapter: chapter.slug,
    chapterNumber: chapter.number,
    path: chapter.path,
    fenceLine: start.line,
    language: node.lang!,
    lines,
  };
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
}

function placeOfSyntaxError(path: string, error: unknown): Place {
  const match = /(\d+):(\d+)/.exec(messageOf(error));
  return match ? { path, line: Number(match[1]), column: Number(match[2]) } : { path, line: 1 };
}
