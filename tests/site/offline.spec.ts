/** The archive that the site offers, unpacked and opened from `file://`: every page, every kernel, and search. */

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { zipFolder } from '../../scripts/editions/zip.ts';
import { expectBoot } from './boots.ts';
import { checkpoints, dist, distOffline, expect, pagesOf, test } from './fixtures.ts';

/** Milliseconds that a look at all pages of the book may take on a slow machine. */
const EVERY_PAGE = 300_000;

const folder = `${pathToFileURL(distOffline).href}/`;

test('every page opens, with all its files, and every link leads to a page of the folder', async ({ page }) => {
  test.setTimeout(EVERY_PAGE);
  const failures: string[] = [];
  page.on('requestfailed', (request) => failures.push(`${request.failure()?.errorText} ${request.url()}`));
  const links = new Set<string>();
  for (const file of pagesOf(distOffline)) {
    await page.goto(folder + file);
    await expect(page.locator('h1')).toHaveCount(1);
    expect(
      await page.evaluate(() =>
        document.fonts.ready.then((fonts) => [...fonts].filter((font) => font.status === 'error').length),
      ),
    ).toBe(0);
    for (const url of await page
      .locator('a[href]')
      .evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).href))) {
      links.add(url.replace(/#.*/, ''));
    }
  }
  expect(failures).toEqual([]);
  for (const url of links) {
    if (url.startsWith('http')) continue;
    expect(url.startsWith(folder), url).toBe(true);
    expect(() => readFileSync(new URL(url)), url).not.toThrow();
  }
});

test('no page needs a module, a server or the root of the disk', () => {
  for (const file of pagesOf(distOffline)) {
    const html = readFileSync(join(distOffline, file), 'utf8');
    expect(html, file).not.toContain('type="module"');
    expect(html, file).not.toMatch(/\s(src|href)="\//);
  }
});

test('the front page leads to a chapter', async ({ page }) => {
  await page.goto(`${folder}index.html`);
  await page.locator('ol.chapters a').last().click();
  await expect(page).toHaveURL(/^file:.*\/chapters\/[\w-]+\.html$/);
  await expect(page.locator('toy-machine')).toHaveAttribute('data-state', 'idle');
});

for (const { info, screen } of checkpoints()) {
  test(`${info.id} shows its recorded screen`, async ({ page }) => {
    // Typing takes its time.
    if (info.run.keys.length > 0) test.slow();
    await page.goto(`${folder}chapters/${info.chapter}.html`);
    await expectBoot(page, info, screen);
  });
}

test('the site offers the archive, and says its size beside the link', async ({ page, site, request }) => {
  const { size } = statSync(join(dist, 'toy-os-book.zip'));
  for (const address of ['', 'appendix/offline/']) {
    await page.goto(site + address);
    const offer = page.locator('.offline-edition').first();
    await expect(offer).toContainText(`(${(size / 1_000_000).toFixed(1)} MB)`);
    const link = await offer.getByRole('link').evaluate((element) => (element as HTMLAnchorElement).href);
    expect((await (await request.get(link)).body()).length).toBe(size);
  }
});

test('the same folder gives the same archive', () => {
  const [first, second] = [zipFolder(distOffline, 'toy-os-book'), zipFolder(distOffline, 'toy-os-book')];
  expect(Buffer.compare(first, second)).toBe(0);
  expect(Buffer.compare(first, readFileSync(join(dist, 'toy-os-book.zip')))).toBe(0);
});

test('search finds a section', async ({ page }) => {
  await page.goto(`${folder}chapters/03-bootloader.html`);
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('searchbox').fill('multiboot2 header');
  await dialog.getByRole('link').first().click();
  await expect(page).toHaveURL(/^file:.*\.html(#|$)/);
  await expect(page.locator('h1')).toHaveCount(1);
});
