import { testGuest } from './support/guest.ts';

testGuest('self-modifying', {
  inBochs: true,
  lines: ['itself 1', "loop's immediate f394", 'frame over code 0'],
});
testGuest('much-code');
