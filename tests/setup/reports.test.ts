/** The summary of `npm test` counts what the runners themselves report: real runs of both over a few tests that fail on purpose. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../scripts/setup/dependencies.mjs';
import { countPlaywright, countVitest } from '../../scripts/test/reports.ts';

const module = (path: string): string => join(ROOT, 'node_modules', path);

/** Runs a runner in a folder of its own, inside the project so that it finds its packages. */
function reportOf(files: Record<string, string>, args: string[], env: NodeJS.ProcessEnv = {}): unknown {
  mkdirSync(join(ROOT, 'build'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, 'build', 'runner-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    spawnSync(process.execPath, args, {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      encoding: 'utf8',
    });
    return JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('Vitest: passed, failed, skipped, and a file that cannot be read', () => {
  const report = reportOf(
    {
      'vitest.config.mjs': 'export default {};',
      'a.test.js': `import { expect, test } from 'vitest';
        test('one', () => {});
        test('two', () => {});
        test('wrong', () => expect(1).toBe(2));
        test.skip('left out', () => {});`,
      'b.test.js': `throw new Error('broken file');`,
    },
    [module('vitest/vitest.mjs'), 'run', '--reporter=json', '--outputFile=report.json'],
  );
  const { failures, skips, ...count } = countVitest(report);
  expect(count).toEqual({ passed: 2, failed: 2, skipped: 1 });
  expect(failures.join('\n')).toMatch(/a\.test\.js: wrong\n.*b\.test\.js: .*broken file/);
  expect(skips.join('\n')).toMatch(/a\.test\.js: left out/);
});

test('Playwright: passed, failed, flaky, skipped, and a file that cannot be read', () => {
  const run = (files: Record<string, string>) =>
    countPlaywright(
      reportOf(
        { 'playwright.config.mjs': "export default { reporter: 'json', retries: 1 };", ...files },
        [module('playwright/cli.js'), 'test'],
        { PLAYWRIGHT_JSON_OUTPUT_FILE: 'report.json' },
      ),
    );
  const { failures, skips, ...count } = run({
    'a.spec.mjs': `import { expect, test } from 'playwright/test';
      test('one', () => {});
      test('wrong', () => expect(1).toBe(2));
      test('now and then', ({}, info) => expect(info.retry).toBe(1));
      test.describe('block', () => { test.skip('left out', () => {}); });`,
  });
  expect(count).toEqual({ passed: 1, failed: 2, skipped: 1 });
  expect(failures).toEqual(['a.spec.mjs › wrong', 'a.spec.mjs › now and then (flaky)']);
  expect(skips).toEqual(['a.spec.mjs › block › left out']);

  const broken = run({ 'b.spec.mjs': "throw new Error('broken file');" });
  expect(broken.passed).toBe(0);
  expect(broken.failures.join('\n')).toContain('broken file');
});
