/** Every committed checkpoint, booted on the built site. */

import { expectBoot } from './boots.ts';
import { checkpoints, expect, test } from './fixtures.ts';

test('there are checkpoints', () => {
  expect(checkpoints().length).toBeGreaterThan(0);
});

for (const { info, screen } of checkpoints()) {
  test(`${info.id} shows its recorded screen`, async ({ page, site }) => {
    // Typing takes its time.
    if (info.run.keys.length > 0) test.slow();
    await page.goto(`${site}chapters/${info.chapter}/`);
    await expectBoot(page, info, screen);
  });
}
