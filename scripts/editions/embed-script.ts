/** `embed.js`: the panel, its styles, its font and its worker in one classic script for pages outside of the book. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, serialize } from 'parse5';
import { type Plugin, rolldown } from 'rolldown';
import type { EmbeddedCheckpoint } from '../../src/components/machine/embed.ts';
import { loadBook } from '../../src/literate/load.ts';
import { elementsOf } from '../offline/relocate.ts';
import { forHost } from './host-styles.ts';

/** What the book's pages have besides the panel's own style sheet; nothing that a host inherits gets in. */
const surroundings = `
toy-machine {
  --sl-font-mono: ui-monospace, "SFMono-Regular", Menlo, Consolas, "Liberation Mono", monospace;
  font: 400 15px/1.4 "Iowan Old Style", "Palatino Linotype", Palatino, Georgia, serif;
  font-feature-settings: normal;
  letter-spacing: normal;
  word-spacing: normal;
  text-align: start;
  text-indent: 0;
  text-shadow: none;
  text-transform: none;
  white-space: normal;
  cursor: auto;
  visibility: visible;
}
*, *::before, *::after { box-sizing: border-box; }
:focus-visible { outline: 2px solid var(--book-accent); outline-offset: 2px; }
.sr-only { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;

/**
 * @param root of the project
 * @param folder of the built site; its page `embed/<id>/` of any checkpoint gives the markup
 */
export async function buildEmbedScript(root: string, folder: string): Promise<void> {
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  const { checkpoints } = loadBook(root);
  const first = checkpoints[0];
  if (!first) throw new Error('embed.js: the book has no checkpoint');
  const sheets = [surroundings, read('src/styles/palette.css'), read('src/components/machine/machine.css')];
  const list = checkpoints.map(({ id, title, chapter }): [string, EmbeddedCheckpoint] => [
    id,
    { title, number: chapter.number, chapter: chapter.slug },
  ]);
  const modules = {
    'embed:worker': await bundle(join(root, 'src/emulator/worker/worker.ts'), []),
    'embed:markup': machineMarkup(readFileSync(join(folder, 'embed', first.id, 'index.html'), 'utf8')),
    'embed:styles': sheets.map(forHost).join('').replaceAll('"Text Mode"', '"Toy Machine Text"'),
    'embed:font': readFileSync(join(root, 'src/fonts/text-mode-8x16.woff2')).toString('base64'),
    'embed:checkpoints': Object.fromEntries(list),
  };
  const script = await bundle(join(root, 'src/components/machine/embed.ts'), [provide(modules), embedPlatform]);
  writeFileSync(join(folder, 'embed.js'), script);
}

/** The inside of the page's machine. */
function machineMarkup(html: string): string {
  for (const element of elementsOf(parse(html)))
    if (element.tagName === 'toy-machine') return serialize(element).trim();
  throw new Error('embed.js: the page embed/<id>/ shows no machine');
}

async function bundle(input: string, plugins: Plugin[]): Promise<string> {
  const build = await rolldown({ input, platform: 'browser', logLevel: 'warn', plugins });
  const { output } = await build.generate({ format: 'iife', minify: true, codeSplitting: false });
  await build.close();
  return output[0].code;
}

function provide(modules: Record<string, unknown>): Plugin {
  return {
    name: 'embed-modules',
    resolveId: (source) => (source in modules ? `\0${source}` : null),
    load: (id) => (id.startsWith('\0embed:') ? `export default ${JSON.stringify(modules[id.slice(1)])};` : null),
  };
}

const embedPlatform: Plugin = {
  name: 'embed-platform',
  resolveId(source, importer) {
    if (!source.endsWith('/platform.ts') || importer === undefined) return null;
    return this.resolve(source.replace('/platform.ts', '/platform.embed.ts'), importer);
  },
};
