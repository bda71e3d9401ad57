/**
 * What the book adds to Markdown before it is rendered: a fence knows the line it stands on, by which the literate
 * system finds its listing, and the book's own components need no import.
 */

import { fileURLToPath } from 'node:url';
import type { AstroIntegration } from 'astro';

/** What these plugins need of a node of the Markdown tree and of the walk through it. */
interface MarkdownNode {
  type: string;
  name?: string | null;
  meta?: string | null;
  position?: { start: { line: number } };
}

interface Walk {
  fileURL: URL | undefined;
  data: Record<string, unknown>;
  setProperty(node: MarkdownNode, key: string, value: unknown): void;
  insertBefore(node: MarkdownNode, content: { raw: string }): void;
}

/** Meta key by which `listing-frames.ts` learns the line of a fence in its MDX file. */
export const fenceLineKey = 'fence-line';

/** Components that a chapter uses by name. */
const components = ['Disassembly', 'Experiment', 'LinesAdded', 'WhatChanged'];

const pathOf = (component: string) => fileURLToPath(new URL(`../components/${component}.astro`, import.meta.url));

const fenceLines = {
  name: 'book-fence-lines',
  code(node: MarkdownNode, walk: Walk) {
    if (!node.position) return;
    walk.setProperty(node, 'meta', `${node.meta ?? ''} ${fenceLineKey}=${node.position.start.line}`.trimStart());
  },
};

const componentImports = {
  name: 'book-component-imports',
  mdxJsxFlowElement(node: MarkdownNode, walk: Walk) {
    const { name } = node;
    if (!name || !components.includes(name) || walk.data[name]) return;
    walk.data[name] = true;
    walk.insertBefore(node, { raw: `import ${name} from ${JSON.stringify(pathOf(name))};` });
  },
};

interface PluginLists {
  mdastPlugins?: unknown[];
}

export function bookMarkdown(): AstroIntegration {
  return {
    name: 'book-markdown',
    hooks: {
      'astro:config:setup': ({ config }) => {
        const lists = config.markdown.processor.options as PluginLists;
        if (!lists.mdastPlugins)
          throw new Error(`The Markdown processor ${config.markdown.processor.name} takes no mdast plugins.`);
        lists.mdastPlugins.push(fenceLines, componentImports);
      },
    },
  };
}
