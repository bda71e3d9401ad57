/** The processor's modes in the order in which it came to them: real, protected, long. */

import type { ModeHistory } from '../../emulator/worker/client.ts';
import { count } from './words.ts';

type ModeChange = ModeHistory['first'][number];

/** @param list an `<ol>`: an item a mode, with the count of instructions after which it began; empty without a change */
export function drawTimeline(list: HTMLElement, { first, skipped, last }: ModeHistory): void {
  const key = JSON.stringify([first, skipped, last]);
  if (list.dataset.shown === key) return;
  list.dataset.shown = key;
  const items = [...first, ...last].map(item);
  if (skipped > 0) items.splice(first.length, 0, gap(skipped));
  items.at(-1)?.setAttribute('aria-current', 'step');
  list.replaceChildren(...(items.length > 1 ? items : []));
}

function item({ mode, instructions }: ModeChange): HTMLLIElement {
  const made = document.createElement('li');
  made.dataset.mode = mode;
  made.append(mode);
  if (instructions > 0) {
    const since = document.createElement('span');
    since.className = 'since';
    since.textContent = `after ${count(instructions)}`;
    made.append(' ', since);
  }
  return made;
}

function gap(skipped: number): HTMLLIElement {
  const made = document.createElement('li');
  made.className = 'gap';
  made.textContent = skipped === 1 ? '1 more change' : `${count(skipped)} more changes`;
  return made;
}
