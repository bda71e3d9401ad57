/** The text screen of a PC in QEMU. */
import { readFileSync } from 'node:fs';
import { CODE_PAGE_437 } from '../../src/emulator/devices/code-page-437.ts';
import type { Qmp } from './qmp.ts';

const COLUMNS = 80;
const ROWS = 25;
const VIDEO_MEMORY = 0xb8000;

/** The screen as a `screen.txt` holds it: trailing blanks and trailing empty lines removed, one final newline. */
export function screenText(cells: Uint8Array): string {
  const lines = Array.from({ length: ROWS }, (_, row) =>
    Array.from({ length: COLUMNS }, (_, column) => CODE_PAGE_437[cells[(row * COLUMNS + column) * 2]!])
      .join('')
      .trimEnd(),
  );
  return `${lines.join('\n').trimEnd()}\n`;
}

/** @param scratch a file that QEMU may write */
export async function readTextScreen(qmp: Qmp, scratch: string): Promise<string> {
  await qmp.execute('pmemsave', { val: VIDEO_MEMORY, size: COLUMNS * ROWS * 2, filename: scratch });
  return screenText(readFileSync(scratch));
}
