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

/**
 * Lines of code are alike by the thousand, and axe looks at each of their words: on most pages at those of a block's first lines.
 * Here, with every kind of mark, at all.
 */
const CODE_EXAMINED = /^(chapters\/04-|source\/01-)/;
const LINES_EXAMINED = 20;
async function shortenCode(page: Page): Promise<void> {
  await page.evaluate((most) => {
    for (const block of document.querySelectorAll('.expressive-code pre, .source-lines'))
      for (const line of [...block.querySelectorAll('.ec-line, .line')].slice(most)) line.remove();
  }, LINES_EXAMINED);
}

/** Pages that one template makes for each checkpoint are like one another: the first and the last are examined. */
const examined = pagesOf(dist).filter((file, _, all) => {
  const [folder] = /^(source|embed)\/(?=.*\/)/.exec(file) ?? [];
  if (!folder) return true;
  const alike = all.filter((other) => other.startsWith(folder) && other.split('/').length === file.split('/').length);
  return file === alike[0] || file === alike.at(-1);
});

// The slowest file of all: its tests go to whichever worker is free.
test.describe.configure({ mode: 'parallel' });

for (const file of examined) {
  test(file, async ({ page, site }) => {
    test.setTimeout(900_000);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.goto(site + addressOf(file));
    await expect(page.locator('h1')).toHaveCount(1);
    if (!CODE_EXAMINED.test(file)) await shortenCode(page);
    // A page is as accessible before its scripts have found time for it as after them.
    expect(grave((await examine(page).analyze()).violations), 'right after loading').toEqual([]);
    await page.waitForLoadState('networkidle');
    expect(grave((await examine(page).analyze()).violations), 'by day').toEqual([]);
    // By night only the colours differ.
    await page.evaluate(() => {
      document.documentElement.dataset.theme = 'dark';
    });
    const night = await examine(page).withRules('color-contrast').analyze();
    expect(grave(night.violations), 'by night').toEqual([]);
  });
}

test('what a page has to scroll sideways is in the tab order and has a name, scripts or not', async ({
  browser,
  site,
}) => {
  test.setTimeout(300_000);
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  for (const file of examined) {
    await page.goto(site + addressOf(file));
    const unreachable = await page
      .locator('.expressive-code pre, .source-lines')
      .evaluateAll((blocks) =>
        blocks
          .filter((block) => block.getAttribute('tabindex') !== '0' || !block.role || !block.ariaLabel)
          .map((block) => block.textContent),
      );
    expect(unreachable, file).toEqual([]);
  }
  await context.close();
});

/** Room for a scroll bar, which a window without a screen does not draw. */
const scrollBar = 15;

test('beside the machine a listing of 72 columns fits into a laptop’s window', async ({ page, site }) => {
  for (const width of [1280, 1366, 1440, 1920]) {
    await page.setViewportSize({ width, height: 800 });
    await page.goto(`${site}chapters/03-bootloader/`);
    await page.evaluate(() => document.fonts.ready);
    const line = page.locator('.listing .ec-line .code').first();
    const columns = await line.evaluate((code, scrollBar) => {
      const ruler = document.createElement('span');
      ruler.textContent = '0'.repeat(72);
      code.replaceChildren(ruler);
      const { clientWidth } = code.closest('pre')!;
      const gutter = code.parentElement!.querySelector<HTMLElement>('.gutter')!.offsetWidth;
      const { paddingLeft, paddingRight } = getComputedStyle(code);
      const room = clientWidth - scrollBar - gutter - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight);
      return (room / ruler.getBoundingClientRect().width) * 72;
    }, scrollBar);
    expect(columns, `at ${width} pixels`).toBeGreaterThanOrEqual(72);
  }
});

test('a crashed machine and an open sheet are as accessible as the page', async ({ page, site }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${site}chapters/03-bootloader/`);
  await page.locator('button[data-boots="03-no-stack"]').click();
  await expect(machineOn(page).machine).toHaveAttribute('data-state', /halted|crashed/);
  expect(grave((await examine(page).analyze()).violations)).toEqual([]);
});

test('no page is wider than its window', async ({ page, site }) => {
  test.setTimeout(300_000);
  test.slow();
  for (const file of examined) {
    await page.goto(site + addressOf(file));
    for (const width of [390, 1280, 1440]) {
      await page.setViewportSize({ width, height: 800 });
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow, `${file} at ${width} pixels`).toBe(0);
    }
  }
});
