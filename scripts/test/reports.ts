/** Counts the tests in the JSON reports of Vitest and of Playwright. */
import { relative } from 'node:path';
import { ROOT } from '../setup/dependencies.mjs';
import type { Count } from './stage.ts';

interface VitestReport {
  testResults: {
    name: string;
    status: string;
    message?: string;
    assertionResults: { status: string; fullName: string }[];
  }[];
}

export function countVitest(report: unknown): Count {
  const count: Count = { passed: 0, failed: 0, skipped: 0, failures: [], skips: [] };
  for (const file of (report as VitestReport).testResults) {
    const path = relative(ROOT, file.name);
    for (const { status, fullName } of file.assertionResults) {
      const name = `${path}: ${fullName.trim()}`;
      if (status === 'passed') count.passed++;
      else if (status === 'failed') {
        count.failed++;
        count.failures.push(name);
      } else {
        count.skipped++;
        count.skips.push(name);
      }
    }
    // A file that could not be collected has no assertions.
    if (file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed')) {
      count.failed++;
      count.failures.push(`${path}: ${file.message?.split('\n')[0] ?? 'could not be collected'}`);
    }
  }
  return count;
}

interface PlaywrightSuite {
  title: string;
  suites?: PlaywrightSuite[];
  specs?: { title: string; tests: { projectName: string; status: string }[] }[];
}
interface PlaywrightReport {
  suites: PlaywrightSuite[];
  errors: { message?: string }[];
}

export function countPlaywright(report: unknown): Count {
  const { suites, errors } = report as PlaywrightReport;
  const count: Count = { passed: 0, failed: 0, skipped: 0, failures: [], skips: [] };
  const walk = (suite: PlaywrightSuite, above: string): void => {
    const title = above ? `${above} › ${suite.title}` : suite.title;
    for (const inner of suite.suites ?? []) walk(inner, title);
    for (const spec of suite.specs ?? [])
      for (const { status, projectName } of spec.tests) {
        const name = `${title} › ${spec.title}${projectName ? ` [${projectName}]` : ''}`;
        // A test that passed only when tried again has failed once: nothing here may be flaky.
        if (status === 'expected') count.passed++;
        else if (status === 'skipped') {
          count.skipped++;
          count.skips.push(name);
        } else {
          count.failed++;
          count.failures.push(status === 'flaky' ? `${name} (flaky)` : name);
        }
      }
  };
  for (const suite of suites) walk(suite, '');
  for (const { message } of errors) {
    count.failed++;
    count.failures.push(`Playwright: ${message?.split('\n')[0] ?? 'an error outside the tests'}`);
  }
  return count;
}
