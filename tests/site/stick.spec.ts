/** The book's image boots in the page: GRUB's menu, and behind it the chapters' kernels. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { Page } from 'playwright/test';
import { checkpoints, distOffline, expect, machineOn, root, screenText, test } from './fixtures.ts';

const folder = join(root, 'public/sticks/toy-os-book');
const menu = readFileSync(join(folder, 'screen.txt'), 'utf8');
const recorded = (id: string): string => checkpoints().find(({ info }) => info.id === id)!.screen;

/** GRUB has megabytes to load. */
test.describe.configure({ timeout: 180_000 });

async function bootToMenu(page: Page): Promise<void> {
  const { machine, button } = machineOn(page);
  await button('Run').click();
  await expect.poll(() => screenText(page), { timeout: 120_000 }).toBe(menu);
  await machine.locator('[data-glass]').click();
}
const expectScreen = (page: Page, screen: string): Promise<void> =>
  expect.poll(() => screenText(page), { timeout: 60_000 }).toBe(screen);

test('from power-on through the menu, by the arrow keys, and after a reset by the key of a chapter', async ({
  page,
  site,
}) => {
  await page.goto(`${site}appendix/stick/`);
  const { machine, button, field } = machineOn(page);
  await bootToMenu(page);
  for (const key of ['ArrowDown', 'ArrowDown', 'Enter']) await page.keyboard.press(key);
  await expectScreen(page, recorded('03-bootloader'));
  await expect(machine).toHaveAttribute('data-state', 'halted');
  await expect(field('mode')).toHaveText('long');
  await button('Reset').click();
  await expect(machine).toHaveAttribute('data-state', 'paused');
  await bootToMenu(page);
  await page.keyboard.press('4');
  await expectScreen(page, recorded('04-protected-mode'));
});

test('in the offline folder too', async ({ page }) => {
  await page.goto(`${pathToFileURL(distOffline).href}/appendix/stick.html`);
  await bootToMenu(page);
  await page.keyboard.press('5');
  await expectScreen(page, recorded('05-memory'));
});

test('the image that is offered is the one that boots', async ({ page, site, request }) => {
  await page.goto(`${site}appendix/stick/`);
  const link = page.getByRole('link', { name: 'toy-os-book.iso.gz' });
  await expect(link).toHaveAttribute('download', 'toy-os-book.iso.gz');
  const bytes = await (await request.get(await link.evaluate((element) => (element as HTMLAnchorElement).href))).body();
  const image = bytes[0] === 0x1f ? gunzipSync(bytes) : bytes;
  expect(Buffer.compare(image, gunzipSync(readFileSync(join(folder, 'disk.img.gz'))))).toBe(0);
});

test('nothing of it is loaded before it is asked for', async ({ page, site }) => {
  const asked: string[] = [];
  page.on('request', (made) => asked.push(made.url()));
  await page.goto(`${site}appendix/stick/`, { waitUntil: 'networkidle' });
  expect(asked.filter((url) => url.includes('/sticks/'))).toEqual([]);
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });
  test('GRUB’s menu stands in the machine’s place', async ({ page, site }) => {
    await page.goto(`${site}appendix/stick/`);
    const shown = (await machineOn(page).screen.textContent())?.replace(/^ \n/, '\n');
    expect(`${shown}\n`).toBe(menu);
  });
});
