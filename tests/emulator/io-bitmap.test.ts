import { testGuest } from './support/guest.ts';

testGuest('io-bitmap', { inBochs: true });
