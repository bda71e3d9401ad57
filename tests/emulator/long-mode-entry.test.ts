import { testGuest } from './support/guest.ts';

testGuest('long-mode-entry', {
  inBochs: true,
  withoutQemu: 'TCG looks at PAE alone',
  lines: [
    'without pae vector=d error=0 eip=0 cs=18 flags=10086 esp=0',
    '16-bit tss vector=d error=0 eip=0 cs=18 flags=10086 esp=0',
    'l and d vector=d error=0 eip=0 cs=50 flags=10086 esp=0',
  ],
});
