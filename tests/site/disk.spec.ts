/** Disks and displays: what a machine writes stays, until it is reset; what it draws is seen. */

import { readFileSync } from 'node:fs';
import type { Page } from 'playwright/test';
import { missingAssembler, serveEcho, strike } from './echo-guest.ts';
import { expect, machineOn, test } from './fixtures.ts';

const id = '03-bootloader';
const chapter = `chapters/${id}/`;

test.skip(missingAssembler !== null && process.env.CI !== 'true', `not on this machine: ${missingAssembler}`);

test.beforeEach(async ({ page, site }) => {
  await serveEcho(page, id);
  await page.goto(site + chapter);
});

async function bootAndType(page: Page, kept: string, text: string): Promise<void> {
  const { machine, button, screen } = machineOn(page);
  await button('Run').click();
  await expect(screen).toContainText(`kept: ${kept}`);
  await expect(screen).toContainText('> ');
  if (!text) return;
  await machine.locator('[data-glass]').click();
  await strike(page, text);
}

test('boots from its disk, and shows it', async ({ page }) => {
  const { field, machine } = machineOn(page);
  await bootAndType(page, '-', '');
  await expect(field('disk')).toHaveText('0.0 MB, as it came');
  await expect(machine.getByRole('group', { name: 'Disk' })).toBeVisible();
});

test('what was written outlives a reset and the page, until the disk is reset', async ({ page }) => {
  test.slow();
  const { button, field, screen, machine } = machineOn(page);
  await bootAndType(page, '-', 'K!');
  await expect(screen).toContainText('(written)');
  await expect(field('disk')).toHaveText('0.0 MB, 1 sector written, kept in this browser');
  await button('Reset').click();
  await expect(machine).toHaveAttribute('data-state', 'paused');
  await bootAndType(page, 'K', '');
  await page.reload();
  await bootAndType(page, 'K', '');
  await button('Reset disk').click();
  await expect(machine).toHaveAttribute('data-state', 'idle');
  await expect(field('disk')).toHaveText('0.0 MB, as it came');
  await bootAndType(page, '-', '');
});

test('the image that is downloaded holds what was written', async ({ page }) => {
  const { button, field, screen } = machineOn(page);
  await bootAndType(page, '-', 'Q!');
  await expect(screen).toContainText('(written)');
  await expect(field('disk')).toContainText('1 sector written');
  const [download] = await Promise.all([page.waitForEvent('download'), button('Download disk image').click()]);
  expect(download.suggestedFilename()).toBe('03-bootloader.img');
  const image = readFileSync(await download.path());
  expect(image.length).toBe(32768);
  expect(image.readUInt16LE(510)).toBe(0xaa55);
  expect(String.fromCharCode(image[512]!)).toBe('Q');
});

test('a browser without a database keeps the disk as long as the page, and says so', async ({ page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(globalThis, 'indexedDB', {
      get: () => {
        throw new DOMException('no database here', 'SecurityError');
      },
    });
  });
  await page.reload();
  const { button, field, machine } = machineOn(page);
  await bootAndType(page, '-', 'M!');
  await expect(field('disk')).toContainText('1 sector written, kept until you leave this page');
  await button('Reset').click();
  await expect(machine).toHaveAttribute('data-state', 'paused');
  await bootAndType(page, 'M', '');
});

test('with the plug pulled the machine is off, and says what became of the last writes', async ({ page }) => {
  const { button, field, machine, screen } = machineOn(page);
  await bootAndType(page, '-', 'P!');
  await expect(screen).toContainText('(written)');
  await button('Pull the plug').click();
  await expect(machine).toHaveAttribute('data-state', 'idle');
  await expect(screen).toHaveText('');
  const note = (await field('note').textContent()) ?? '';
  expect(note).toMatch(/^The plug is out\./);
  const kept = /1 sector written/.test((await field('disk').textContent()) ?? '');
  // Chance decides, but the words and the disk agree.
  expect(/lost/.test(note)).toBe(!kept);
  await bootAndType(page, kept ? 'P' : '-', '');
});

test('a graphics mode is drawn dot by dot', async ({ page }) => {
  const { machine, screen } = machineOn(page);
  await bootAndType(page, '-', '#');
  const canvas = machine.locator('[data-screen="graphics"]');
  await expect(canvas).toBeVisible();
  await expect(canvas).toHaveAccessibleName('Graphics screen, 320 × 200 pixels');
  await expect
    .poll(() =>
      canvas.evaluate((element) => {
        const { width, height } = element as HTMLCanvasElement;
        const { data } = (element as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height);
        const odd = data.findIndex((value, index) => value !== [0x33, 0x66, 0x99, 0xff][index % 4]);
        return { width, height, odd };
      }),
    )
    .toEqual({ width: 320, height: 200, odd: -1 });
  await expect(screen).toBeHidden();
  await machineOn(page).button('Reset').click();
  await expect(canvas).toBeHidden();
});
