/** The script of a chapter types by itself, and gives way to the reader. */

import { INSTRUCTIONS_PER_SECOND } from '../../src/emulator/devices/clock.ts';
import type { CheckpointInfo } from '../../src/literate/checkpoint-info.ts';
import { expect, machineOn, test } from './fixtures.ts';

const chapter = 'chapters/07-system-calls/';

test('a chapter types its commands, and says so', async ({ page, site }) => {
  await page.goto(site + chapter);
  const { button, machine, screen } = machineOn(page);
  const hint = machine.locator('[data-keyboard-hint]');
  await button('Run').click();
  await expect(hint).toHaveText(/The chapter types here/);
  await expect(screen).toContainText('trespass is ended');
  await expect(hint).toHaveText(/Click the screen to type/);
  // Switched on again, it types again.
  await button('Reset').click();
  await expect(screen).not.toContainText('toy>');
  await button('Run').click();
  await expect(screen).toContainText('trespass is ended');
});

test('it leaves the keyboard to a reader who takes it', async ({ page, site }) => {
  // A script that has still something to say in an hour.
  await page.route('**/07-system-calls/info.json', async (route) => {
    const response = await route.fetch();
    const info = (await response.json()) as CheckpointInfo;
    const [first, second] = info.run.keys;
    info.run.keys = [first!, { ...second!, at: 3600 * INSTRUCTIONS_PER_SECOND }];
    await route.fulfill({ response, json: info });
  });
  await page.goto(site + chapter);
  const { button, machine, screen } = machineOn(page);
  const hint = machine.locator('[data-keyboard-hint]');
  await button('Run').click();
  await expect(screen).toContainText('toy> help');
  await expect(hint).toHaveText(/The chapter types here/);
  await machine.locator('[data-glass]').click();
  await page.keyboard.type('echo mine');
  await page.keyboard.press('Enter');
  await expect(screen).toContainText('mine\n');
  await page.keyboard.press('Control+Alt');
  await expect(hint).toHaveText(/Click the screen to type/);
});
