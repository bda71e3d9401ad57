/**
 * `npm run bench:boots`: how long each checkpoint takes in Chromium on the built site, from the click on Run (or on the
 * experiment's button) to its recorded screen. A checkpoint that is typed into waits for its typist, who keeps the recorded
 * pace: it says so.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright';
import { findBrowser } from '../scripts/setup/tools.ts';
import type { CheckpointInfo } from '../src/literate/checkpoint-info.ts';
import { stateAtEnd } from '../tests/site/state-at-end.ts';
import { serve } from '../tests/site/static-server.ts';
import { checkpoints } from '../tests/support/checkpoints.ts';

const dist = join(import.meta.dirname, '..', 'dist');
const browserPath = findBrowser();
if (!browserPath || !existsSync(dist)) {
  console.error('npm run bench:boots needs Chromium, and the built site: npm run build');
  process.exit(1);
}

/** Milliseconds in the page's own clock, looked at in every frame. */
function timeBoot(page: Page, { id, experimentOf, run }: CheckpointInfo, screen: string): Promise<number> {
  const button = experimentOf === null ? 'toy-machine [data-command="run"]' : `button[data-boots="${id}"]`;
  return page.evaluate(
    ([selector, expected, state]) =>
      new Promise<number>((resolve, reject) => {
        const start = performance.now();
        document.querySelector<HTMLButtonElement>(selector)?.click();
        const look = () => {
          const machine = document.querySelector<HTMLElement>('toy-machine');
          const shown = machine?.querySelector('[data-screen="text"]')?.textContent ?? '';
          const elapsed = performance.now() - start;
          if (`${shown}\n` === expected && machine?.dataset.state === state) resolve(elapsed);
          else if (elapsed > 120_000) reject(new Error(`not after two minutes: ${shown}`));
          else requestAnimationFrame(look);
        };
        look();
      }),
    [button, screen, stateAtEnd[run.end]] as const,
  );
}

const site = await serve(dist);
const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
console.log('checkpoint               instructions           ms');
for (const { info, screen } of checkpoints()) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(`${site.url}chapters/${info.chapter}/`);
  const ms = await timeBoot(page, info, screen);
  const typed = info.run.keys.length > 0 ? '  typed into' : '';
  const instructions = info.run.instructions.toLocaleString('en');
  console.log(`${info.id.padEnd(22)} ${instructions.padStart(14)} ${ms.toFixed(0).padStart(12)}${typed}`);
  await page.close();
}
await browser.close();
await site.close();
