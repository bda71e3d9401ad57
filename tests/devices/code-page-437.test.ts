import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { CODE_PAGE_437 } from '../../src/emulator/devices/code-page-437.ts';
import { STRICT } from '../support/environment.ts';

const iconv = spawnSync('iconv', ['-f', 'CP437', '-t', 'UTF-8'], {
  input: Uint8Array.from({ length: 224 }, (_, i) => i + 32),
});

test('there are 256 characters, of one column each', () => {
  expect(CODE_PAGE_437).toHaveLength(256);
  for (const character of CODE_PAGE_437) expect([...character]).toHaveLength(1);
  expect(new Set(CODE_PAGE_437).size).toBe(254); // 0x00, 0x20 and 0xff are blank
});

test.skipIf(iconv.error !== undefined && !STRICT)('iconv agrees on 0x20-0xff (skipped without iconv)', () => {
  const expected = [...iconv.stdout.toString('utf8')];
  expected[0x7f - 32] = '⌂'; // a control character there, a glyph on the screen
  expected[0xff - 32] = ' '; // a no-break space: blank as well
  expect(CODE_PAGE_437.slice(32)).toEqual(expected);
});
