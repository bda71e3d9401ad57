import { testGuest } from './support/guest.ts';

testGuest('flags32', {
  inBochs: true,
  withoutQemu: 'TCG pushes RF as it is, and has no virtual interrupts for protected mode',
});
