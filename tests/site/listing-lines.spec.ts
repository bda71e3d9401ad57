/** Running to a line of the text, and the way through the processor's modes. */

import type { Locator } from 'playwright/test';
import { expect, machineOn, test } from './fixtures.ts';

const chapter = 'chapters/03-bootloader/';

/** A listing of `src/main.rs` with several lines of code. */
function listingOf(page: Parameters<typeof machineOn>[0]): { listing: Locator; lines: Locator; button: Locator } {
  const listing = page.locator('figure.listing', { hasText: 'fn kernel_main' }).first();
  return { listing, lines: listing.locator('.ec-line[data-has-code]'), button: listing.locator('button.run-to') };
}

test('a click beside a line runs the machine until that line comes next', async ({ page, site }) => {
  await page.goto(site + chapter);
  const { machine, button: command, field } = machineOn(page);
  const { lines, button } = listingOf(page);
  const line = lines.nth(2);
  await line.hover();
  await expect(line.locator('button.run-to')).toHaveAccessibleName(/^Run to line \d+ of src\/main\.rs$/);
  await button.click();
  await expect(machine).toHaveAttribute('data-state', 'paused');
  await expect(line).toHaveClass(/executing/);
  const executed = await field('instructions').textContent();
  const number = await line.locator('.ln').textContent();
  await expect(field('place')).toContainText(`src/main.rs:${number}`);
  // The same line again is a later arrival, or none.
  await command('Run').click();
  await expect(machine).toHaveAttribute('data-state', 'halted');
  // From the end it starts afresh, and gets there at the same instant.
  await line.hover();
  await button.click();
  await expect(machine).toHaveAttribute('data-state', 'paused');
  await expect(field('instructions')).toHaveText(executed ?? '');
});

test('the button takes no room', async ({ page, site }) => {
  await page.goto(site + chapter);
  const { listing, lines, button } = listingOf(page);
  const height = () => listing.evaluate((element) => element.getBoundingClientRect().height);
  const before = await height();
  await lines.nth(2).hover();
  await expect(lines.nth(2).locator('button.run-to')).toBeAttached();
  expect(await height()).toBe(before);
  await button.evaluate((element) => element.remove());
  expect(await height()).toBe(before);
});

test('the arrow keys choose a line, Enter runs to it', async ({ page, site }) => {
  await page.goto(site + chapter);
  const { machine } = machineOn(page);
  const { lines, button } = listingOf(page);
  await button.focus();
  await expect(lines.first().locator('button.run-to')).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(lines.nth(1).locator('button.run-to')).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  await expect(lines.first().locator('button.run-to')).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(machine).toHaveAttribute('data-state', 'paused');
  await expect(lines.nth(1)).toHaveClass(/executing/);
});

test('a line of assembly is reached at its instruction', async ({ page, site }) => {
  await page.goto(site + chapter);
  const { machine, field } = machineOn(page);
  const line = page.locator('figure.listing .ec-line[data-has-code]', { hasText: 'wrmsr' }).first();
  await line.hover();
  await line.locator('button.run-to').click();
  await expect(machine).toHaveAttribute('data-state', 'paused');
  await expect(field('next')).toHaveText(/wrmsr/);
  await expect(line).toHaveClass(/executing/);
});

test('the panel shows the modes as the processor comes to them', async ({ page, site }) => {
  await page.goto(site + chapter);
  const { machine, button, field } = machineOn(page);
  const modes = machine.locator('[data-modes] li');
  await button('Step').click();
  await expect(field('mode')).toHaveText('protected');
  await expect(modes).toHaveCount(0);
  await button('Run').click();
  await expect(machine).toHaveAttribute('data-state', 'halted');
  await expect(modes).toHaveText(['protected', /^long after [\d,]+$/]);
  await expect(modes.last()).toHaveAttribute('aria-current', 'step');
  // To the instruction: long mode is active from the write on that switches paging on.
  const change = (await modes.last().textContent())?.replace('long after ', '') ?? '';
  const line = page.locator('figure.listing .ec-line[data-has-code]', { hasText: 'mov cr0, eax' }).last();
  await line.hover();
  await line.locator('button.run-to').click();
  await expect(line).toHaveClass(/executing/);
  await expect(field('mode')).toHaveText('protected');
  await button('Step').click();
  await expect(field('instructions')).toHaveText(change);
  await expect(field('mode')).toHaveText('long');
});

test('from power-on: real, protected, long', async ({ page, site }) => {
  await page.goto(`${site}chapters/04-protected-mode/`);
  const { machine, button } = machineOn(page);
  const modes = machine.locator('[data-modes] li');
  await button('Run').click();
  await expect(machine).toHaveAttribute('data-state', 'halted');
  const passed = (await modes.allTextContents()).map((text) => text.split(' ')[0]);
  expect(passed[0]).toBe('real');
  expect(passed).toContain('protected');
  expect(passed.at(-1)).toBe('long');
});
