/** Boots a checkpoint in a page, whose script types by itself, and compares what it shows with what is recorded. */

import type { Page } from 'playwright/test';
import type { CheckpointInfo } from '../../src/literate/checkpoint-info.ts';
import { expect, machineOn, screenText } from './fixtures.ts';
import { stateAtEnd } from './state-at-end.ts';

/** The page is its chapter's; an experiment is booted by its button there. */
export async function expectBoot(page: Page, info: CheckpointInfo, screen: string): Promise<void> {
  const { machine, button, alert, field } = machineOn(page);
  const { run } = info;
  if (info.experimentOf === null) await button('Run').click();
  else await page.locator(`button[data-boots="${info.id}"]`).click();
  await expect(machine).toHaveAttribute('data-state', stateAtEnd[run.end]);
  await expect.poll(() => screenText(page), { timeout: 60_000 }).toBe(screen);
  if (run.end === 'rejected') {
    await expect(alert).not.toBeEmpty();
    return;
  }
  // A machine that waits goes on counting ticks.
  if (run.until === null) await expect(field('instructions')).toHaveText(run.instructions.toLocaleString('en'));
  if (run.end === 'triple-fault') {
    await expect(alert).toContainText('Triple fault');
    await expect(alert).toContainText(/rip 0x[0-9a-f]+/);
    await expect(alert.getByRole('listitem').first()).toContainText(/^#[A-Z]{2} /);
  }
}
