/**
 * `npm run build:offline [-- FOLDER]`: the book as a folder that opens by double click. Browsers refuse a page from `file://` all
 * that has to be fetched: module scripts, `fetch`, and absolute addresses point at the disk's root. So the site is
 * built with one file a page, and then every address is made relative, every script a classic one, every checkpoint a
 * script, and the search index too.
 */

import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { build } from 'astro';
import { packCheckpoints } from './editions/checkpoints.ts';
import { bundleClassic } from './offline/classic-scripts.ts';
import { relocatePage, relocateStyles } from './offline/relocate.ts';
import { passagesOf } from './offline/search-index.ts';
import { SiteMap } from './offline/site-map.ts';

const root = join(import.meta.dirname, '..');
const folder = resolve(root, process.argv[2] ?? 'dist-offline');

process.env.BOOK_OFFLINE = folder;
process.env.BASE_PATH = '/';
rmSync(folder, { recursive: true, force: true });
await build({ root, logLevel: 'warn' });

const files = listFiles(folder);
const site = new SiteMap(files);
const pages = files.filter((file) => file.endsWith('.html'));
const problems: string[] = [];
const scripts = new Set<string>();
const passages: unknown[] = [];
for (const file of pages) {
  const page = relocatePage(readFileSync(join(folder, file), 'utf8'), file, site);
  problems.push(...page.problems);
  for (const script of page.scripts) scripts.add(script);
  if (file !== '404.html') passages.push(...passagesOf(page.document, file));
  writeFileSync(join(folder, file), page.html);
}
for (const file of files.filter((name) => name.endsWith('.css'))) {
  writeFileSync(join(folder, file), relocateStyles(readFileSync(join(folder, file), 'utf8'), file));
}
for (const script of scripts) await bundleClassic(join(folder, script));
writeFileSync(join(folder, 'search-index.js'), `globalThis.bookPassages=${JSON.stringify(passages)};\n`);
const checkpoints = packed('checkpoints');
packed('sticks');
rmSync(join(folder, 'checkpoints', 'lock.json'), { force: true });

if (problems.length) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log(
  `${pages.length} pages, ${checkpoints.length} checkpoints. Open ${join(relative(process.cwd(), folder), 'index.html')}.`,
);

/** What machines boot, as scripts. `kernel.elf`, the disk and `source.zip` stay, for they are downloaded. */
function packed(name: string): string[] {
  const ids = packCheckpoints(join(folder, name));
  for (const id of ids)
    for (const file of ['info.json', 'screen.txt']) rmSync(join(folder, name, id, file), { force: true });
  return ids;
}

/** Relative to `top`, with `/`. */
function listFiles(top: string): string[] {
  return readdirSync(top, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(top, name)).isFile())
    .map((name) => relative(top, join(top, name)).split(sep).join('/'))
    .sort();
}
