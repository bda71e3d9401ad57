/** Chapter 11's page does what its "Watch it" says: files stay, are forgotten, and survive the plug; other programs read the disk. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright/test';
import { whatIsMissing } from '../support/environment.ts';
import { FatVolume } from '../support/fat-volume.ts';
import { expect, machineOn, screenText, test } from './fixtures.ts';

const missing = whatIsMissing('fat');
test.skip(missing !== null && process.env.CI !== 'true', missing ?? '');

/** Switches the machine on, and takes the keyboard when the shell is there. */
async function switchOn(page: Page): Promise<void> {
  const { button, machine, screen } = machineOn(page);
  await button('Run').click();
  await expect(screen).toContainText('toy> ', { timeout: 60_000 });
  await machine.locator('[data-glass]').click();
  await page.keyboard.press('Enter');
  await prompt(page);
  // Whatever has been typed before may have armed the plug.
  await command(page, 'plug 0');
}

/** The shell's part of the screen, up to where it ends. */
async function shellText(page: Page): Promise<string> {
  const lines = (await screenText(page)).split('\n').map((line) => line.split('│')[0]!.trimEnd());
  return lines.join('\n').trimEnd();
}

async function prompt(page: Page): Promise<void> {
  await expect.poll(() => shellText(page), { timeout: 60_000 }).toMatch(/\ntoy>$/);
}

/** Pasted, since a key that a slow browser holds for long repeats, as on any PC. */
async function type(page: Page, text: string): Promise<void> {
  await machineOn(page)
    .machine.locator('[data-glass]')
    .evaluate((glass, pasted) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', pasted);
      glass.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    }, text);
  await expect.poll(() => shellText(page), { timeout: 60_000 }).toMatch(new RegExp(`toy> ${text}$`));
}

/** @returns what a command prints */
async function command(page: Page, text: string): Promise<string> {
  await type(page, text);
  await page.keyboard.press('Enter');
  await prompt(page);
  return (await shellText(page))
    .split(`toy> ${text}\n`)
    .at(-1)!
    .replace(/\n?toy>$/, '');
}

test('what is written stays, until the disk is reset; the plug leaves old or new', async ({ page, site }) => {
  test.setTimeout(900_000);
  await page.goto(`${site}chapters/11-filesystem/`);
  const { button, field, machine } = machineOn(page);

  await switchOn(page);
  expect(await command(page, 'echo mine > mine.txt')).toBe('');
  await button('Reset').click();
  await expect(machine).toHaveAttribute('data-state', 'paused');
  await switchOn(page);
  expect(await command(page, 'cat mine.txt')).toBe('mine');

  await button('Reset disk').click();
  await expect(machine).toHaveAttribute('data-state', 'idle');
  await switchOn(page);
  expect(await command(page, 'cat mine.txt')).toBe('mine.txt: no such file\nstatus 1');
  expect(await command(page, 'echo mine > mine.txt')).toBe('');

  await type(page, 'echo again > mine.txt');
  await page.keyboard.press('Enter');
  await button('Pull the plug').click();
  await expect(machine).toHaveAttribute('data-state', 'idle');
  await expect(field('note')).toHaveText(/^The plug is out\./);
  await switchOn(page);
  const found = await command(page, 'cat mine.txt');
  expect(found).toMatch(/^(mine|again)$/);

  const [download] = await Promise.all([page.waitForEvent('download'), button('Download disk image').click()]);
  const folder = mkdtempSync(join(tmpdir(), 'download-'));
  try {
    const volume = new FatVolume(folder);
    volume.disk = readFileSync(await download.path());
    expect(volume.list('')).toMatch(/^MINE +TXT +\d+ /m);
    expect(volume.read().get('mine.txt')?.toString()).toBe(`${found}\n`);
    expect(volume.check()).toMatchObject({ isClean: true });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
