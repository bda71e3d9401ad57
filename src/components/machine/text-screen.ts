/** Draws VGA text memory as text: one run of characters for each colour, and nothing where nothing stands. */

import type { Report } from '../../emulator/worker/client.ts';

export type ScreenReport = Extract<Report, { type: 'screen' }>;

/** Light grey on black, as the BIOS leaves it. */
const plainAttribute = 0x07;

/**
 * Replaces the content of `screen`. Its text content is the screen's lines joined by line feeds, blanks at the end of
 * a line and empty lines at the end left out: what `screen.txt` records.
 */
export function drawTextScreen(screen: HTMLElement, report: ScreenReport): void {
  const rows: Node[][] = [];
  for (let row = 0; row < report.rows; row++) rows.push(drawRow(report, row));
  let last = rows.length;
  while (last > 0 && rows[last - 1]?.length === 0) last--;
  screen.replaceChildren(...rows.slice(0, last).flatMap((nodes, row) => (row === 0 ? nodes : ['\n', ...nodes])));
}

function drawRow({ cells, columns, lines, blinks }: ScreenReport, row: number): Node[] {
  const line = (lines[row] ?? '').trimEnd();
  const attributeAt = (column: number) => cells[(row * columns + column) * 2 + 1] ?? plainAttribute;
  const nodes: Node[] = [];
  for (let from = 0; from < line.length; ) {
    const attribute = attributeAt(from);
    let to = from + 1;
    while (to < line.length && attributeAt(to) === attribute) to++;
    nodes.push(inked(line.slice(from, to), attribute, blinks));
    from = to;
  }
  // Blank cells show their background alone: no text, so that a copied line ends where its words end.
  const blanks: Node[] = [];
  let coloured = 0;
  for (let from = line.length; from < columns; ) {
    const background = backgroundOf(attributeAt(from), blinks);
    let to = from + 1;
    while (to < columns && backgroundOf(attributeAt(to), blinks) === background) to++;
    blanks.push(block(to - from, background));
    if (background !== 0) coloured = blanks.length;
    from = to;
  }
  return [...nodes, ...blanks.slice(0, coloured)];
}

/** Bit 7 either blinks or makes the background bright. */
function backgroundOf(attribute: number, blinks: boolean): number {
  return (attribute >> 4) & (blinks ? 7 : 15);
}

function inked(text: string, attribute: number, blinks: boolean): Node {
  if (attribute === plainAttribute) return document.createTextNode(text);
  const run = document.createElement('span');
  run.textContent = text;
  const background = backgroundOf(attribute, blinks);
  const blinking = blinks && attribute & 0x80;
  run.className = `f${attribute & 15}${background ? ` b${background}` : ''}${blinking ? ' blink' : ''}`;
  return run;
}

function block(columns: number, background: number): Node {
  const run = document.createElement('span');
  run.className = `blank b${background}`;
  run.style.width = `${columns}ch`;
  return run;
}
