/** The site below a path of its domain: every page, every address, and a machine that boots. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectBoot } from './boots.ts';
import { addressOf, test as base, checkpoints, dist, expect, pagesOf, root } from './fixtures.ts';
import { serve } from './static-server.ts';

const path = '/shelf/book/';

const test = base.extend<object, { folder: string }>({
  folder: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads a fixture's needs from this pattern
    async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), 'book-'));
      execFileSync(process.execPath, ['node_modules/astro/bin/astro.mjs', 'build', '--outDir', folder, '--silent'], {
        cwd: root,
        env: { ...process.env, BASE_PATH: path },
      });
      await use(folder);
      rmSync(folder, { recursive: true });
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  site: [
    async ({ folder }, use) => {
      const server = await serve(folder, path);
      await use(server.url);
      await server.close();
    },
    { scope: 'worker' },
  ],
});

test('every page and whatever it loads or links to is there', async ({ page, site, folder, request }) => {
  test.setTimeout(300_000);
  const failures: string[] = [];
  const links = new Set<string>();
  page.on('response', (response) => {
    if (!response.ok()) failures.push(`${response.status()} ${response.url()}`);
  });
  for (const file of pagesOf(folder)) {
    if (file === '404.html') continue;
    await page.goto(site + addressOf(file));
    for (const url of await page
      .locator('a[href], link[href]')
      .evaluateAll((all) => all.map((element) => (element as HTMLAnchorElement).href.replace(/#.*/, '')))) {
      if (new URL(url).host === new URL(site).host) links.add(url);
    }
  }
  for (const url of links) if (!(await request.get(url)).ok()) failures.push(`link to ${url}`);
  expect(failures).toEqual([]);
  expect(links.size).toBeGreaterThan(3);
});

test('the archive of the book has the same bytes, built again and elsewhere', ({ folder }) => {
  const [here, there] = [dist, folder].map((of) => readFileSync(join(of, 'toy-os-book.zip')));
  expect(Buffer.compare(here!, there!)).toBe(0);
});

test('a kernel boots', async ({ page, site }) => {
  const { info, screen } = checkpoints().find((checkpoint) => checkpoint.info.id === '03-bootloader')!;
  await page.goto(`${site}chapters/${info.chapter}/`);
  await expectBoot(page, info, screen);
});
