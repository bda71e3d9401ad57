/**
 * Draws around a listing what the literate system knows of it: the file, each line's number there, what is new, what
 * it replaces, and links between a chunk and the place that uses it. Nothing of this is typed by hand.
 */

import { definePlugin, type ExpressiveCodeBlock } from '@astrojs/starlight/expressive-code';
import { addClassName, type Element, h } from '@astrojs/starlight/expressive-code/hast';
import { describeListing, type ListingDescription, type ListingLink } from '../literate/describe.ts';
import { loadBook } from '../literate/load.ts';
import { readReference } from '../literate/tangle.ts';
import { fenceLineKey } from './book-markdown.ts';
import { codeLinesOf } from './code-lines.ts';

/** Longer passages that a listing takes out are counted, not repeated. */
const longestRepeatedRemoval = 8;

const descriptions = new WeakMap<ExpressiveCodeBlock, ListingDescription>();

export function pluginListingFrames() {
  return definePlugin({
    name: 'Listing frames',
    hooks: {
      preprocessMetadata: ({ codeBlock }) => {
        const path = codeBlock.parentDocument?.sourceFilePath;
        const fenceLine = codeBlock.metaOptions.getInteger(fenceLineKey);
        if (!path || fenceLine === undefined) return;
        const description = describeListing(loadBook(process.cwd()), path, fenceLine);
        if (!description) return;
        descriptions.set(codeBlock, description);
        codeBlock.props.title = description.file ?? description.target.name;
      },
      postprocessRenderedLine: ({ codeBlock, lineIndex, renderData }) => {
        const description = descriptions.get(codeBlock);
        if (!description) return;
        const number = lineIndex + 1;
        const line = renderData.lineAst;
        line.properties['data-line'] = number;
        if (hasCode(description, number)) line.properties['data-has-code'] = '';
        if (description.added.includes(number) && !description.newFile) addClassName(line, 'added');
        line.children.unshift(gutter(description.lineNumbers[lineIndex] ?? null));
        const reference = description.references.find((candidate) => candidate.line === number);
        if (reference) showReference(line, codeBlock, lineIndex, description, reference.definitions);
      },
      postprocessRenderedBlock: ({ codeBlock, renderData }) => {
        const description = descriptions.get(codeBlock);
        const figure = renderData.blockAst;
        makeFocusable(child(figure, 'pre'), scrollerName(codeBlock, description));
        if (!description) return;
        addClassName(figure, 'listing');
        figure.properties.id = description.listing;
        if (description.experiment) figure.properties['data-experiment'] = description.experiment;
        figure.properties['data-pagefind-ignore'] = undefined;
        child(figure, 'figcaption')?.children.push(...caption(description));
        const code = child(child(figure, 'pre'), 'code');
        if (code) insertRemovals(code, description, leastIndent(codeBlock.getLines().map((line) => line.text)));
      },
    },
  });
}

/** In the kernel of the listing's chapter, or of its experiment. */
function hasCode({ chapterNumber, experiment, listing }: ListingDescription, line: number): boolean {
  const root = process.cwd();
  const checkpoint =
    experiment ?? loadBook(root).chapters.find(({ number }) => number === chapterNumber)?.checkpoint?.id;
  return checkpoint !== undefined && (codeLinesOf(root, checkpoint).get(listing)?.has(line) ?? false);
}

function child(parent: Element | undefined, tagName: string): Element | undefined {
  return parent?.children.find((node): node is Element => node.type === 'element' && node.tagName === tagName);
}

/**
 * Expressive Code sees to this in the browser, but late: until then nobody could scroll by keyboard. Its script then
 * takes the tab stop from what has nothing to scroll. A group, for so many landmarks would be no help.
 */
function makeFocusable(pre: Element | undefined, name: string): void {
  if (pre) Object.assign(pre.properties, { tabIndex: 0, role: 'group', ariaLabel: name });
}

function scrollerName(codeBlock: ExpressiveCodeBlock, description: ListingDescription | undefined): string {
  if (description) return `Listing ${numberOf(description)}: ${description.file ?? description.target.name}`;
  return codeBlock.props.title ?? (codeBlock.language === 'console' ? 'A session at the terminal' : 'An excerpt');
}

function gutter(number: number | null): Element {
  return h(
    'div',
    { class: 'gutter', 'aria-hidden': 'true' },
    h('div', { class: 'ln' }, number === null ? '' : String(number)),
  );
}

/** From one chapter's page to a listing on it or on another's. */
function linkTo(target: ListingLink, from: ListingLink): string {
  const page = target.chapter === from.chapter ? '' : `../${target.chapter}/`;
  return `${page}#${target.listing}`;
}

/** `listing-3-4` is listing 3.4. */
function numberOf(link: ListingLink): string {
  return link.listing.replace(/^listing-/, '').replace('-', '.');
}

function showReference(
  line: Element,
  codeBlock: ExpressiveCodeBlock,
  lineIndex: number,
  from: ListingLink,
  definitions: ListingLink[],
): void {
  const reference = readReference(codeBlock.getLine(lineIndex)?.text ?? '');
  const code = line.children.find((node): node is Element => node.type === 'element' && classOf(node).includes('code'));
  if (!reference || !code) return;
  const [first] = definitions;
  const name = `⟨${reference.name}⟩`;
  const where = definitions.map(numberOf).join(', ');
  code.children = [
    h('span', { class: 'indent' }, reference.indent),
    first
      ? h('a', { class: 'chunk', href: linkTo(first, from), title: `Listing ${where}` }, name)
      : h('span', { class: 'chunk' }, name),
  ];
}

function classOf(node: Element): string[] {
  const { className } = node.properties;
  return Array.isArray(className) ? className.map(String) : String(className ?? '').split(' ');
}

function caption(description: ListingDescription): Element[] {
  const parts: Element[] = [];
  const { target, operation, usedBy, previous, replacedLines, newFile, experiment } = description;
  if (target.kind === 'chunk') {
    const name = `⟨${target.name}⟩`;
    parts.push(
      usedBy
        ? h(
            'a',
            { class: 'chunk', href: linkTo(usedBy, description), title: `Used in listing ${numberOf(usedBy)}` },
            name,
          )
        : h('span', { class: 'chunk' }, name),
    );
  }
  const notes: (string | Element)[] = [];
  if (operation === 'append') notes.push('continues ');
  else if (operation === 'replace')
    notes.push(replacedLines === 0 ? 'replaces ' : `replaces ${lineCount(replacedLines)} of `);
  else if (newFile && target.kind === 'file') notes.push('new file');
  if (operation !== 'define') {
    notes.push(
      previous
        ? h('a', { href: linkTo(previous, description) }, `listing ${numberOf(previous)}`)
        : 'an earlier listing',
    );
  }
  if (experiment !== null) notes.push(notes.length ? ', in this experiment alone' : 'in this experiment alone');
  if (notes.length) parts.push(h('span', { class: 'note' }, notes));
  parts.push(h('a', { class: 'number', href: `#${description.listing}` }, `Listing ${numberOf(description)}`));
  return parts;
}

function lineCount(count: number): string {
  return count === 1 ? '1 line' : `${count} lines`;
}

/**
 * Shown, but no part of the listing: not copied with it, and without a number.
 * @param indent of the listing's own lines: in the file those of a chunk stand further right
 */
function insertRemovals(code: Element, { removed, replacedLines }: ListingDescription, indent: number): void {
  if (replacedLines > longestRepeatedRemoval) return;
  const surplus = Math.max(0, leastIndent(removed.flatMap((run) => run.lines)) - indent);
  for (const run of [...removed].sort((a, b) => b.before - a.before)) {
    const at = code.children.findIndex(
      (node) => node.type === 'element' && node.properties['data-line'] === run.before,
    );
    const lines = run.lines.map((text) =>
      h('div', { class: 'ec-line removed' }, [gutter(null), h('div', { class: 'code' }, text.slice(surplus) || '\n')]),
    );
    code.children.splice(at < 0 ? code.children.length : at, 0, ...lines);
  }
}

function leastIndent(lines: string[]): number {
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length);
  return indents.length ? Math.min(...indents) : 0;
}
