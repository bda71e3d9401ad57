/** Every page of the built site: no complaint, nothing from elsewhere, and nothing serious for axe. */

import AxeBuilder from '@axe-core/playwright';
import type { Page } from 'playwright/test';
import { addressOf, dist, expect, machineOn, pagesOf, test } from './fixtures.ts';

const grave = (violations: { impact?: string | null; id: string; nodes: { html: string }[] }[]) =>
  violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);

/** What passes is of no interest, and describing it takes most of the time. */
const examine = (page: Page) => new AxeBuilder({ page }).options({ resultTypes: ['violations'] });

/** Expressive Code makes a listing that has to be scrolled focusable when the browser has time. */
async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    [...document.querySelectorAll('.expressive-code pre')].every(
      (pre) => pre.scrollWidth <= pre.clientWidth || pre.hasAttribute('tabindex'),
    ),
  );
}

for (const file of pagesOf(dist)) {
  test(file, async ({ page, site }) => {
    test.slow();
    await page.emulateMedia({ colorScheme: 'light' });
    await page.goto(site + addressOf(file), { waitUntil: 'networkidle' });
    await expect(page.locator('h1')).toHaveCount(1);
    await settled(page);
    expect(grave((await examine(page).analyze()).violations), 'by day').toEqual([]);
    // By night only the colours differ.
    await page.evaluate(() => {
      document.documentElement.dataset.theme = 'dark';
    });
    const night = await examine(page).withRules('color-contrast').analyze();
    expect(grave(night.violations), 'by night').toEqual([]);
  });
}

test('a crashed machine and an open sheet are as accessible as the page', async ({ page, site }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${site}chapters/03-bootloader/`);
  await page.locator('button[data-boots="03-no-stack"]').click();
  await expect(machineOn(page).machine).toHaveAttribute('data-state', /halted|crashed/);
  await settled(page);
  expect(grave((await examine(page).analyze()).violations)).toEqual([]);
});

test('no page is wider than its window', async ({ page, site }) => {
  for (const width of [390, 1280, 1440]) {
    await page.setViewportSize({ width, height: 800 });
    for (const file of pagesOf(dist)) {
      await page.goto(site + addressOf(file));
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow, `${file} at ${width} pixels`).toBe(0);
    }
  }
});
