/**
 * Takes the README's picture: a chapter of the built site, its machine at the end of its run.
 *
 *     node scripts/screenshot.ts [PATH-ON-THE-SITE [OUT.png]]
 */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { preview } from 'astro';
import { chromium } from 'playwright';
import { ROOT } from './setup/dependencies.mjs';
import { findBrowser } from './setup/tools.ts';

const [path = '/chapters/03-bootloader/', out = join(ROOT, 'docs', 'images', 'chapter.png')] = process.argv.slice(2);

const executablePath = findBrowser();
if (executablePath === null) {
  console.error('no Chromium on this machine');
  process.exit(1);
}
const server = await preview({ root: ROOT, logLevel: 'error', server: { port: 4330, host: 'localhost' } });
const browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
try {
  const page = await browser.newPage({
    viewport: { width: 1440, height: 900 },
    deviceScaleFactor: 1.5,
    colorScheme: 'light',
  });
  await page.goto(`http://localhost:${server.port}${path}`);
  const machine = page.locator('toy-machine').first();
  await machine.getByRole('button', { name: 'Run' }).click();
  await page.locator('toy-machine[data-state="halted"]').first().waitFor();
  await page.mouse.move(0, 0);
  mkdirSync(dirname(out), { recursive: true });
  await page.screenshot({ path: out });
  console.log(out);
} finally {
  await browser.close();
  await server.stop();
}
