/**
 * What the book adds to Markdown before it is rendered: a fence knows the line it stands on, by which the literate
 * system finds its listing, and `<Experiment>` needs no import.
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

const experimentComponent = fileURLToPath(new URL('../components/Experiment.astro', import.meta.url));

const fenceLines = {
  name: 'book-fence-lines',
  code(node: MarkdownNode, walk: Walk) {
    if (!node.position) return;
    walk.setProperty(node, 'meta', `${node.meta ?? ''} ${fenceLineKey}=${node.position.start.line}`.trimStart());
  },
};

const experimentImport = {
  name: 'book-experiment-import',
  mdxJsxFlowElement(node: MarkdownNode, walk: Walk) {
    if (node.name !== 'Experiment' || walk.data.experimentImported) return;
    walk.data.experimentImported = true;
    walk.insertBefore(node, { raw: `import Experiment from ${JSON.stringify(experimentComponent)};` });
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
        lists.mdastPlugins.push(fenceLines, experimentImport);
      },
    },
  };
}
