import { testGuest } from './support/guest.ts';

testGuest('two-levels', {
  inBochs: true,
  lines: [
    'level 0 executes 3',
    'level 3 executes 12',
    'both wrote 22',
    'level 0 writes it still 99',
    'the second bbbb',
  ],
});
