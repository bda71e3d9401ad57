/** Boots a checkpoint in a page and compares what it shows with what is recorded. */

import type { Page } from 'playwright/test';
import { strokeFor } from '../../src/emulator/devices/us-layout.ts';
import type { CheckpointInfo, RecordedEnd } from '../../src/literate/checkpoint-info.ts';
import { shows, strokesOf } from '../../src/literate/script.ts';
import { expect, machineOn, screenText } from './fixtures.ts';

const stateAtEnd: Record<RecordedEnd, string> = {
  halted: 'halted',
  waiting: 'running',
  running: 'running',
  'debug-exit': 'halted',
  'power-off': 'halted',
  reset: 'halted',
  'triple-fault': 'crashed',
  rejected: 'crashed',
};

/** The page is its chapter's; an experiment is booted by its button there. */
export async function expectBoot(page: Page, info: CheckpointInfo, screen: string): Promise<void> {
  const { machine, button, alert, field } = machineOn(page);
  const { run } = info;
  if (info.experimentOf === null) await button('Run').click();
  else await page.locator(`button[data-boots="${info.id}"]`).click();
  await typeScript(page, run.keys);
  await expect(machine).toHaveAttribute('data-state', stateAtEnd[run.end]);
  await expect.poll(() => screenText(page), { timeout: 60_000 }).toBe(screen);
  if (run.end === 'rejected') {
    await expect(alert).not.toBeEmpty();
    return;
  }
  // Who types here does so at other instants than those of the record, and a machine that waits goes on counting ticks.
  const isExact = run.keys.length === 0 && run.until === null;
  if (isExact) await expect(field('instructions')).toHaveText(run.instructions.toLocaleString('en'));
  if (run.end === 'triple-fault') {
    await expect(alert).toContainText('Triple fault');
    await expect(alert).toContainText(/rip 0x[0-9a-f]+/);
    await expect(alert.getByRole('listitem').first()).toContainText(/^#[A-Z]{2} /);
  }
}

/** Types each text when the screen shows what it answers to, and has changed since the last one. */
async function typeScript(page: Page, keys: CheckpointInfo['run']['keys']): Promise<void> {
  let answered = '';
  for (const { after, text } of keys) {
    const isAsked = async () => {
      const shown = await screenText(page);
      return shown !== answered && shows(shown, after);
    };
    await expect.poll(isAsked, { message: `"${after}" on the screen`, timeout: 60_000 }).toBe(true);
    answered = await screenText(page);
    await machineOn(page).machine.locator('[data-glass]').click();
    for (const stroke of strokesOf(text)) await page.keyboard.press(keyOf(stroke));
  }
}

/** A character of the US layout, or the name of a key, as Playwright presses it. */
function keyOf(stroke: string): string {
  if (stroke.length > 1) return stroke;
  const { code, shift } = strokeFor(stroke);
  return shift ? `Shift+${code}` : code;
}
