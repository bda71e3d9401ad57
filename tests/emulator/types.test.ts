import { testGuest } from './support/guest.ts';

for (const guest of ['types32', 'types64'])
  testGuest(guest, {
    inBochs: true,
    withoutQemu: 'TCG does not set the accessed bit of every segment that it loads, nor does it look at all limits',
  });
