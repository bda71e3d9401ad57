import { testSector } from './support/guest.ts';

testSector('real-mode');

testSector('mode-switches', { lines: ['unreal 600dcafe', '32-bit real mode 369d0368', '64-bit 12345678'] });
