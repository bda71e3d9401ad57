/** Without scripts, and on paper, the recorded screen stands in the machine's place. */

import { checkpoints, expect, machineOn, test } from './fixtures.ts';

const own = checkpoints().filter(({ info }) => info.experimentOf === null);

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });
  for (const { info, screen } of own) {
    test(`${info.id}: recorded screen, no dead buttons`, async ({ page, site }) => {
      await page.goto(`${site}chapters/${info.chapter}/`);
      const { machine, screen: shown } = machineOn(page);
      await expect(shown).toBeVisible();
      expect(`${await shown.textContent()}\n`).toBe(screen);
      await expect(machine.getByRole('button')).toHaveCount(0);
      await expect(page.locator('button[data-boots]:visible')).toHaveCount(0);
    });
  }

  test('on a phone it stands in the text', async ({ page, site }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${site}chapters/03-bootloader/`);
    await expect(machineOn(page).screen).toBeVisible();
  });
});

test('on paper', async ({ page, site }) => {
  await page.goto(`${site}chapters/03-bootloader/`);
  await page.emulateMedia({ media: 'print' });
  const recorded = page.locator('toy-machine .recorded');
  await expect(recorded).toBeVisible();
  expect(`${await recorded.textContent()}\n`).toBe(own.find(({ info }) => info.id === '03-bootloader')?.screen);
  await expect(page.locator('toy-machine button:visible')).toHaveCount(0);
});
