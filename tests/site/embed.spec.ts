/** A machine on somebody else's page, from another origin, by exactly the code that the appendix gives. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright/test';
import { test as base, checkpoints, expect, machineOn } from './fixtures.ts';
import { serve } from './static-server.ts';

const recorded = checkpoints().find(({ info }) => info.id === '03-bootloader')!;

/** A page that has styles for everything, and would notice if a style or a name came out of the machine. */
function foreignPage(head: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Elsewhere</title><style>
    * { color: rgb(200, 0, 0); letter-spacing: 3px; }
    button, pre, dl, p { display: none !important; }
    h1, .text-screen, .plate, .key, .facts { font: 30px cursive; background: rgb(0, 0, 200); }
  </style>${head}</head><body><h1 class="plate">Elsewhere</h1><div class="facts key">mine</div>${body}</body></html>`;
}

interface Elsewhere {
  /** Opens a page with this code in its body, on an origin that is not the book's. */
  visit(body: string, head?: string): Promise<void>;
}

const test = base.extend<{ elsewhere: Elsewhere }>({
  elsewhere: async ({ page, watch }, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'elsewhere-'));
    const server = await serve(folder);
    watch.expectedComplaints.push(new RegExp(`^request leaves the origin: ${server.url}`), /favicon|404/);
    await use({
      visit: async (body, head = '') => {
        writeFileSync(join(folder, 'index.html'), foreignPage(head, body));
        writeFileSync(join(folder, '404.html'), '');
        await page.goto(server.url);
      },
    });
    await server.close();
    rmSync(folder, { recursive: true });
  },
});

/** The code of the appendix, as its readers copy it. */
async function codeToCopy(page: Page, site: string): Promise<{ frame: string; script: string }> {
  await page.goto(`${site}appendix/embedding/`);
  const blocks = page.locator('[data-embed-code] pre');
  await expect(blocks).toHaveCount(2);
  const [frame, script] = await blocks.evaluateAll((all) =>
    all.map((block) => [...block.querySelectorAll('.ec-line .code')].map((line) => line.textContent).join('\n')),
  );
  for (const code of [frame, script]) expect(code).toContain(site);
  const copied = page.locator('[data-embed-code] button[data-code]');
  expect(await copied.last().evaluate((button) => button.dataset.code)).toContain(site);
  return { frame: frame ?? '', script: script ?? '' };
}

test('by a script: boots, undisturbed and without disturbing', async ({ page, site, elsewhere }) => {
  const { script } = await codeToCopy(page, site);
  const look = () =>
    page.evaluate(() =>
      [...document.querySelectorAll('h1, div.facts')].map((element) => {
        const { color, font, display, backgroundColor, letterSpacing } = getComputedStyle(element);
        return { color, font, display, backgroundColor, letterSpacing };
      }),
    );
  await elsewhere.visit('');
  const alone = { look: await look(), names: await page.evaluate(() => Object.keys(globalThis).sort()) };
  await elsewhere.visit(script);
  const { machine, button, field } = machineOn(page);
  await expect(machine).toHaveAttribute('data-state', 'idle');
  expect(await look()).toEqual(alone.look);
  await expect(machine.locator('[data-plate-label]')).toBeVisible();
  await expect(machine.locator('[data-plate-label]')).toHaveCSS('letter-spacing', 'normal');
  await button('Run').click();
  await expect(machine).toHaveAttribute('data-state', 'halted');
  const shown = await machine.locator('[data-screen="text"]').evaluate((screen) => screen.textContent);
  expect(`${shown}\n`).toBe(recorded.screen);
  await expect(field('instructions')).toHaveText(recorded.info.run.instructions.toLocaleString('en'));
  expect(await page.evaluate(() => document.fonts.check('16px "Toy Machine Text"'))).toBe(true);
  expect(await look()).toEqual(alone.look);
  const names = await page.evaluate(() => Object.keys(globalThis).sort());
  expect(names.filter((name) => !alone.names.includes(name))).toEqual(['toyCheckpoints']);
});

test('by a script: several machines, one of which runs', async ({ page, site, elsewhere }) => {
  const { script } = await codeToCopy(page, site);
  await elsewhere.visit(
    `${script}<toy-machine checkpoint="03-no-stack" theme="dark"></toy-machine><toy-machine checkpoint="99-none"></toy-machine>`,
  );
  const [first, second, third] = [0, 1, 2].map((index) => page.locator('toy-machine').nth(index));
  await expect(second!).toHaveAttribute('data-theme', 'dark');
  await expect(first!).toHaveAttribute('data-theme', 'light');
  await second!.getByRole('button', { name: 'Run' }).click();
  await expect(second!).toHaveAttribute('data-state', /halted|crashed/);
  await first!.getByRole('button', { name: 'Run' }).click();
  await expect(first!).toHaveAttribute('data-state', 'halted');
  await third!.getByRole('button', { name: 'Run' }).click();
  await expect(third!.getByRole('alert')).toContainText('The checkpoint 99-none could not be loaded');
  await expect(third!).toHaveAttribute('data-state', 'idle');
});

test('by a script under a policy that allows what the appendix names', async ({ page, site, elsewhere }) => {
  await page.goto(`${site}appendix/embedding/`);
  const policy =
    (
      await page
        .getByText(/^script-src/)
        .last()
        .textContent()
    )?.trim() ?? '';
  expect(policy).toContain('worker-src blob:');
  const { script } = await codeToCopy(page, site);
  const ours = policy.replace('https://book.example', new URL(site).origin);
  await elsewhere.visit(script, `<meta http-equiv="Content-Security-Policy" content="${ours}">`);
  await machineOn(page).button('Run').click();
  await expect(machineOn(page).machine).toHaveAttribute('data-state', 'halted');
});

test('in a frame', async ({ page, site, elsewhere }) => {
  const { frame } = await codeToCopy(page, site);
  await elsewhere.visit(frame);
  const inside = page.frameLocator('iframe');
  await inside.getByRole('button', { name: 'Run' }).click();
  await expect(inside.locator('toy-machine')).toHaveAttribute('data-state', 'halted');
  const shown = await inside.locator('[data-screen="text"]').evaluate((screen) => screen.textContent);
  expect(`${shown}\n`).toBe(recorded.screen);
  await expect(inside.getByRole('link', { name: /chapter 3$/ })).toHaveAttribute('href', '/chapters/03-bootloader/');
});
