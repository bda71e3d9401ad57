/** What a chapter weighs, by kind and gzipped: before the machine is asked for, and what Run adds. */

import { gzipSync } from 'node:zlib';
import type { Response } from 'playwright/test';
import { expect, machineOn, test } from './fixtures.ts';

/** KiB that a change may not exceed unnoticed. */
const budgets = {
  document: 60,
  stylesheet: 25,
  script: 13,
  font: 160,
  // The PC: processor, chips and BIOS.
  'with Run: worker': 135,
  'with Run: kernel and its map': 60,
};

function kindOf(response: Response, asked: boolean): string {
  if (response.url().includes('/checkpoints/')) return 'with Run: kernel and its map';
  // Starlight fetches the search dialog when the browser is idle, which may be after Run.
  if (response.url().includes('ui-core')) return 'when idle: search';
  if (asked) return 'with Run: worker';
  return response.request().resourceType();
}

test('a chapter keeps to its budgets', async ({ page, site }) => {
  const weights = new Map<string, number>();
  const measured: Promise<void>[] = [];
  let asked = false;
  page.on('response', (response) => {
    const kind = kindOf(response, asked);
    measured.push(
      response.body().then((body) => {
        // A web server compresses all but fonts, which are compressed already.
        const bytes = kind === 'font' ? body.length : gzipSync(body).length;
        weights.set(kind, (weights.get(kind) ?? 0) + bytes);
      }),
    );
  });
  await page.goto(`${site}chapters/03-bootloader/`, { waitUntil: 'networkidle' });
  await Promise.all(measured);
  asked = true;
  const { machine, button } = machineOn(page);
  await button('Run').click();
  await expect(machine).toHaveAttribute('data-state', 'halted');
  await Promise.all(measured);
  const kib = Object.fromEntries([...weights].map(([kind, bytes]) => [kind, Number((bytes / 1024).toFixed(1))]));
  console.log(`weight of a chapter in KiB, gzip: ${JSON.stringify(kib)}`);
  for (const [kind, budget] of Object.entries(budgets)) {
    expect(kib[kind], kind).toBeGreaterThan(0);
    expect(kib[kind], kind).toBeLessThan(budget);
  }
});
