import { testSector } from './support/guest.ts';

testSector('real-mode');
