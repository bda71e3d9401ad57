/** The spell check finds what it is there for, and leaves code alone. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

/** Words that are wrong in a text, in its order. */
function misspelt(text: string): string[] {
  // Below the root, where the configuration lies and its patterns hold.
  const folder = mkdtempSync(join(root, 'docs', '.spelling-'));
  try {
    const file = join(folder, 'page.md');
    writeFileSync(file, text);
    const args = ['lint', '--no-progress', '--no-summary', '--no-gitignore', '--dot', '--words-only', file];
    return spawnSync(process.execPath, [join(root, 'node_modules/cspell/bin.mjs'), ...args], {
      cwd: root,
      encoding: 'utf8',
    })
      .stdout.split('\n')
      .filter(Boolean);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it('finds slips and American spellings', () => {
  expect(misspelt('The color of teh kernel’s behavior, and its colour and behaviour, recieved.\n')).toEqual([
    'color',
    'teh',
    'behavior',
    'recieved',
  ]);
});

it('leaves code, addresses of pages and names of registers alone', () => {
  expect(
    misspelt('The `rdxq` of [a page](https://example.com/xyzzyq) in RDXQ:\n\n```rust\nlet qqzz = 1;\n```\n'),
  ).toEqual([]);
});
