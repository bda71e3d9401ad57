import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../../scripts/setup/dependencies.mjs';
import { entryFor, type LockFile, missingFrom } from '../../scripts/setup/lock-file.ts';

test('package-lock.json has the binaries of every platform', () => {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as LockFile;
  expect(missingFrom(lock), 'run `node scripts/setup/lock-file.ts`').toEqual([]);
});

describe('an optional dependency', () => {
  const lock = (...present: string[]): LockFile => ({
    packages: {
      'node_modules/a/node_modules/b': { version: '2.0.0', optionalDependencies: { 'b-linux-x64': '2.0.0' } },
      ...Object.fromEntries(present.map((path) => [path, { version: '2.0.0' }])),
    },
  });
  test('without an entry is missing', () =>
    expect(missingFrom(lock('node_modules/c/node_modules/b-linux-x64'))).toEqual([
      { by: 'node_modules/a/node_modules/b', name: 'b-linux-x64', version: '2.0.0' },
    ]));
  test.each([
    'node_modules/b-linux-x64',
    'node_modules/a/node_modules/b-linux-x64',
    'node_modules/a/node_modules/b/node_modules/b-linux-x64',
  ])('is found at %s', (path) => expect(missingFrom(lock(path))).toEqual([]));
});

test.each([
  ['@biomejs/cli-linux-x64-musl', { os: ['linux'], cpu: ['x64'], libc: ['musl'] }],
  ['@pagefind/windows-arm64', { os: ['win32'], cpu: ['arm64'] }],
  ['@astrojs/compiler-binding-wasm32-wasi', { cpu: ['wasm32'] }],
])('%s names its platform', (name, platform) => {
  const entry = entryFor({ by: '', name, version: '1.2.3' }, false);
  expect(entry).toEqual({ version: '1.2.3', optional: true, ...platform });
});
