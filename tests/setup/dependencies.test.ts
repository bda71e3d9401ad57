/** When `npm start` and `npm test` install the packages anew. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ROOT, whyStale } from '../../scripts/setup/dependencies.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dependencies-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

type Packages = Record<string, { version: string; optional?: boolean }>;
function state(locked: Packages, installed: Packages | null): string | null {
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...locked } }));
  if (installed) {
    mkdirSync(join(folder, 'node_modules'));
    writeFileSync(join(folder, 'node_modules', '.package-lock.json'), JSON.stringify({ packages: installed }));
  }
  return whyStale(folder);
}
const a = { 'node_modules/a': { version: '1.0.0' } };

test('nothing is installed', () => expect(state(a, null)).toBe('not installed yet'));
test('all is as locked', () => expect(state(a, a)).toBeNull());
test('a package is missing', () => expect(state(a, {})).toBe('node_modules/a is missing'));
test('a package is of another version', () =>
  expect(state(a, { 'node_modules/a': { version: '2.0.0' } })).toBe('node_modules/a is 2.0.0, not 1.0.0'));
test("another platform's package may be missing", () =>
  expect(state({ ...a, 'node_modules/b-win32-x64': { version: '1.0.0', optional: true } }, a)).toBeNull());
test('without a lock file there is nothing to go by', () =>
  expect(() => whyStale(folder)).toThrow('package-lock.json'));
test('this very clone is as locked', () => expect(whyStale(ROOT)).toBeNull());
