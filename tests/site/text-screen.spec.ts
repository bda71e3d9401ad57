/** Text memory drawn as text: colours, blanks, blinking, in a page of its own. */

import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import type { drawTextScreen as DrawTextScreen, ScreenReport } from '../../src/components/machine/text-screen.ts';
import { expect, root, test } from './fixtures.ts';

const source = readFileSync(join(root, 'src/components/machine/text-screen.ts'), 'utf8');
const script = stripTypeScriptTypes(source).replaceAll(/^export /gm, '');

interface Cell {
  character: string;
  attribute: number;
}

/** Rows of a 10-column screen, from the cells that are not blank on black. */
function report(rows: Cell[][], blinks: boolean): ScreenReport {
  const columns = 10;
  const cells: number[] = [];
  for (const row of rows) {
    for (let column = 0; column < columns; column++) {
      const { character, attribute } = row[column] ?? { character: ' ', attribute: 0x07 };
      cells.push(character.charCodeAt(0), attribute);
    }
  }
  const lines = rows.map((row) =>
    row
      .map(({ character }) => character)
      .join('')
      .trimEnd(),
  );
  return {
    type: 'screen',
    columns,
    rows: rows.length,
    cells: new Uint8Array(cells),
    lines,
    cursor: null,
    cursorLines: { first: 13, last: 14 },
    blinks,
    colours: [],
  };
}

const text = (words: string, attribute = 0x07): Cell[] => [...words].map((character) => ({ character, attribute }));

const cases: { name: string; rows: Cell[][]; blinks?: boolean; html: string; content: string }[] = [
  { name: 'plain text stands alone', rows: [text('ab'), text('c')], html: 'ab\nc', content: 'ab\nc' },
  {
    name: 'empty lines at the end are left out, others stay',
    rows: [text('a'), [], text('b'), [], []],
    html: 'a\n\nb',
    content: 'a\n\nb',
  },
  {
    name: 'colours come from the attribute',
    rows: [[...text('x', 0x0c), ...text('yz', 0x1f)]],
    html: '<span class="f12">x</span><span class="f15 b1">yz</span>',
    content: 'xyz',
  },
  { name: 'bit 7 blinks', rows: [text('!', 0x84)], html: '<span class="f4 blink">!</span>', content: '!' },
  {
    name: 'or, where blinking is off, makes the background bright',
    rows: [text('!', 0x84)],
    blinks: false,
    html: '<span class="f4 b8">!</span>',
    content: '!',
  },
  {
    name: 'a coloured blank is drawn without being text',
    rows: [[...text('a'), ...text('  ', 0x47)]],
    html: 'a<span class="blank b4" style="width: 2ch;"></span>',
    content: 'a',
  },
  {
    name: 'a coloured bar keeps its place after blanks',
    rows: [[...text('   '), ...text(' ', 0x20)]],
    html: '<span class="blank b0" style="width: 3ch;"></span><span class="blank b2" style="width: 1ch;"></span>',
    content: '',
  },
];

for (const { name, rows, blinks, html, content } of cases) {
  test(name, async ({ page }) => {
    await page.setContent('<pre></pre>');
    await page.addScriptTag({ content: script });
    const screen = page.locator('pre');
    const { cells, ...rest } = report(rows, blinks ?? true);
    await screen.evaluate(
      (element, { cells, rest }) => {
        const draw = (globalThis as unknown as { drawTextScreen: typeof DrawTextScreen }).drawTextScreen;
        draw(element as HTMLElement, { ...rest, cells: new Uint8Array(cells) });
      },
      { cells: [...cells], rest },
    );
    expect(await screen.innerHTML()).toBe(html);
    expect(await screen.textContent()).toBe(content);
  });
}
