import type { RecordedEnd } from '../../src/literate/checkpoint-info.ts';

/** What a machine's `data-state` says once a recorded run has ended. */
export const stateAtEnd: Record<RecordedEnd, string> = {
  halted: 'halted',
  waiting: 'running',
  running: 'running',
  'debug-exit': 'halted',
  'power-off': 'halted',
  reset: 'halted',
  'triple-fault': 'crashed',
  rejected: 'crashed',
};
