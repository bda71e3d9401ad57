/** The processor's modes, short enough to be told with every report. */

import type { ModeChange, ModeHistory } from './protocol.ts';

const first = 4;
const last = 3;

export function modeHistory(changes: readonly ModeChange[]): ModeHistory {
  if (changes.length <= first + last) return { first: [...changes], skipped: 0, last: [] };
  return { first: changes.slice(0, first), skipped: changes.length - first - last, last: changes.slice(-last) };
}
