/** The search index of the offline folder: the text of each section of each page. */

import { defaultTreeAdapter as tree } from 'parse5';
import type { Passage } from '../../src/components/search/find-passages.ts';
import { attributeOf, type Document, type Element, elementsOf, type Node } from './relocate.ts';

/** Elements without words of the book. */
const silent = new Set(['script', 'style', 'svg', 'template', 'footer', 'nav', 'button', 'toy-machine', 'figcaption']);

/** @param file the page's, relative to the book's root */
export function passagesOf(document: Document, file: string): Passage[] {
  const main = [...elementsOf(document)].find((element) => element.tagName === 'main');
  if (!main) return [];
  const passages: Passage[] = [{ url: file, page: '', section: '', text: '' }];
  collect(main, file, passages);
  return passages
    .map((passage) => ({ ...passage, text: passage.text.replace(/\s+/g, ' ').trim() }))
    .filter((passage) => passage.text !== '' || passage.section !== '');
}

function collect(node: Node, file: string, passages: Passage[]): void {
  const current = passages.at(-1)!;
  if (tree.isTextNode(node)) {
    current.text += node.value;
    return;
  }
  if (!tree.isElementNode(node)) return;
  if (silent.has(node.tagName) || attributeOf(node, 'aria-hidden') === 'true' || classesOf(node).includes('sr-only'))
    return;
  const id = attributeOf(node, 'id');
  if (node.tagName === 'h1') {
    current.page = textOf(node);
  } else if (/^h[2-4]$/.test(node.tagName) && id) {
    passages.push({ url: `${file}#${id}`, page: current.page, section: textOf(node), text: '' });
  } else {
    for (const child of node.childNodes) collect(child, file, passages);
    if (/^(p|div|li|pre|td|th|dd|dt)$/.test(node.tagName)) passages.at(-1)!.text += ' ';
  }
}

function textOf(node: Element): string {
  return node.childNodes
    .map((child) => (tree.isTextNode(child) ? child.value : tree.isElementNode(child) ? textOf(child) : ''))
    .join('')
    .trim();
}

function classesOf(element: Element): string[] {
  return (attributeOf(element, 'class') ?? '').split(' ');
}
