/** Makes a page independent of where its folder stands. */

import { type DefaultTreeAdapterMap, parse, serialize, defaultTreeAdapter as tree } from 'parse5';
import { relativeAddress, type SiteMap } from './site-map.ts';

export type Document = DefaultTreeAdapterMap['document'];
export type Node = DefaultTreeAdapterMap['node'];
export type Element = DefaultTreeAdapterMap['element'];

export interface RelocatedPage {
  html: string;
  document: Document;
  /** Module scripts that the page now loads as classic ones: files of the folder. */
  scripts: string[];
  /** Addresses that lead nowhere, each with its page. */
  problems: string[];
}

/** Attributes that hold an address. */
const addressAttributes = new Set(['href', 'src', 'data-checkpoints', 'data-passages']);

/** @param file the page's, relative to the folder */
export function relocatePage(html: string, file: string, site: SiteMap): RelocatedPage {
  const document = parse(html);
  const page: RelocatedPage = { html: '', document, scripts: [], problems: [] };
  for (const element of elementsOf(document)) {
    for (const attribute of element.attrs) {
      if (!addressAttributes.has(attribute.name) || attribute.value.startsWith('#')) continue;
      const target = site.resolve(attribute.value, file);
      if (target === 'outside') continue;
      if (target === null) page.problems.push(`${file}: ${attribute.name}="${attribute.value}" leads nowhere`);
      else attribute.value = relativeAddress(file, target.file) + target.hash;
    }
    if (element.tagName === 'style') {
      for (const node of element.childNodes) if (tree.isTextNode(node)) node.value = relocateStyles(node.value, file);
    }
    if (element.tagName === 'script' && attributeOf(element, 'type') === 'module') makeClassic(element, file, page);
  }
  page.html = serialize(document);
  return page;
}

/** Addresses in style sheets, which Vite writes from the site's root on. */
export function relocateStyles(css: string, file: string): string {
  return css.replaceAll(
    /url\((["']?)\/([^"')]+)\1\)/g,
    (_, quote, path) => `url(${quote}${relativeAddress(file, path)}${quote})`,
  );
}

/** `defer` keeps the order and the moment of a module script. */
function makeClassic(script: Element, file: string, page: RelocatedPage): void {
  const source = attributeOf(script, 'src');
  if (source === undefined) {
    throw new Error(`${file}: the build left a module script in the page; each should be a file`);
  }
  script.attrs = [
    ...script.attrs.filter(({ name }) => name !== 'type' && name !== 'crossorigin'),
    { name: 'defer', value: '' },
  ];
  page.scripts.push(new URL(source, `http://book.invalid/${file}`).pathname.slice(1));
}

export function attributeOf(element: Element, name: string): string | undefined {
  return element.attrs.find((attribute) => attribute.name === name)?.value;
}

/** In document order, those inside of `<template>` too. */
export function* elementsOf(node: Node): Generator<Element> {
  if (tree.isElementNode(node)) yield node;
  if ('content' in node) yield* elementsOf(node.content);
  if ('childNodes' in node) for (const child of node.childNodes) yield* elementsOf(child);
}
