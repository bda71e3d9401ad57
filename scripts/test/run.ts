/**
 * Every test of the project, on two processors. A stage that fails hides no other: all run, and the summary at the end names
 * what failed and what was skipped for want of a tool.
 */
import { join } from 'node:path';
import { ROOT } from '../setup/dependencies.mjs';
import { setUp } from '../setup/setup.ts';
import { findBrowser } from '../setup/tools.ts';
import { countPlaywright, countVitest } from './reports.ts';
import { type Outcome, reportFile, runRows, type Stage } from './stage.ts';

const STRICT = process.env.CI === 'true';

const module = (path: string): string => join(ROOT, 'node_modules', path);
const ASTRO = module('astro/bin/astro.mjs');
const VITEST = module('vitest/vitest.mjs');
const PLAYWRIGHT = module('playwright/cli.js');

const start = performance.now();
const environment = await setUp();

const tests = 'unit, processor and kernel tests';
const browser = 'tests in the browser';
const unit: Stage = {
  name: tests,
  args: [VITEST, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportFile(tests)}`],
  report: countVitest,
};
const book: Stage[] = [
  { name: 'lint', args: ['scripts/lint.ts'] },
  { name: 'types of the content', args: [ASTRO, 'sync'] },
  // The program itself: `astro check` ends with 0 where it cannot load it.
  { name: 'type check', args: [module('@astrojs/check/bin/astro-check.js')] },
  { name: 'kernels equal their listings', args: ['scripts/kernels.ts', '--check'], absent: environment.rust },
  {
    name: 'source.zip builds as the chapters tell',
    args: ['scripts/check-source-zip.ts'],
    absent: environment.rust ?? environment.qemu,
  },
  // With it, the offline edition.
  { name: 'site build', args: [ASTRO, 'build'] },
];
const pages: Stage = {
  name: browser,
  args: [PLAYWRIGHT, 'test', '--reporter=list,json'],
  env: { PLAYWRIGHT_JSON_OUTPUT_FILE: reportFile(browser), PLAYWRIGHT_CHROMIUM: findBrowser() ?? '' },
  report: countPlaywright,
  absent: environment.browser,
};
/** One after another: rows that run side by side. The browser's tests need the site, and take two processors by themselves. */
const groups = [[book, [unit]], [[pages]]];

const only = process.argv.slice(2);
const isWanted = ({ name }: Stage): boolean => only.length === 0 || only.some((word) => name.includes(word));
const outcomes: Outcome[] = [];
for (const rows of groups)
  outcomes.push(
    ...(await runRows(
      rows.map((row) => row.filter(isWanted)),
      STRICT,
    )),
  );
if (outcomes.length === 0) {
  const names = groups.flat(2).map(({ name }) => name);
  console.error(`No stage's name has ${only.join(' or ')}: ${names.join('; ')}`);
  process.exit(1);
}

const sum = (of: (outcome: Outcome) => number): number => outcomes.reduce((total, outcome) => total + of(outcome), 0);
const list = (title: string, lines: string[]): void => {
  if (lines.length > 0) console.log(`\n${title}\n${lines.map((line) => `  ${line}`).join('\n')}`);
};

console.log(`\n${'═'.repeat(94)}\n`);
for (const { name, passed, failed, skipped, seconds } of outcomes)
  console.log(
    `${failed ? 'FAIL' : passed ? 'ok  ' : 'skip'}  ${name.padEnd(42)} ${`${passed} passed`.padStart(14)}` +
      `${failed ? `, ${failed} failed` : ''}${skipped ? `, ${skipped} skipped` : ''}  (${seconds.toFixed(0)} s)`,
  );
list(
  'Skipped:',
  outcomes.flatMap(({ skips }) => skips),
);
if (environment.hint && sum(({ skipped }) => skipped) > 0) console.log(`\n${environment.hint}`);
list(
  'Failed:',
  outcomes.flatMap(({ failures }) => failures),
);
const [passed, failed, skipped] = [sum((o) => o.passed), sum((o) => o.failed), sum((o) => o.skipped)];
console.log(`\n${((performance.now() - start) / 60_000).toFixed(1)} minutes`);
console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 ? 1 : 0;
