import { testGuest } from './support/guest.ts';

testGuest('protected32', {
  inBochs: true,
  lines: [
    'into vector=4 eip=1 cs=18 flags=892 esp=0',
    'bound above vector=5 eip=0 cs=18 flags=10002 esp=0',
    'user ss vector=d error=10 eip=0 cs=23 flags=10202 ss=2b esp=0',
  ],
  differences: [
    {
      manual: /^fs null load /,
      qemu: 'fs null load no exception',
      because: 'Intel SDM volume 3, section 3.4.2: #GP for an access by a segment register that holds a null selector',
    },
    {
      manual: /^push cs /,
      qemu: 'push cs 18',
      because:
        'Intel SDM volume 2, PUSH: recent processors push a segment register with a 16-bit move and leave the rest',
    },
  ],
});

testGuest('small-stack', { inBochs: true, lines: ['popped 89abcdef'] });
testGuest('based-code', {
  inBochs: true,
  lines: [
    'eip in the segment 5',
    'jump beyond vector=d error=0 eip=0 cs=48 flags=10002 esp=0',
    'loop has left 5',
    'ret beyond vector=d error=0 eip=5 cs=48 flags=10002 esp=fffffffc',
    'fall beyond vector=d error=0 eip=5 cs=48 flags=10002 esp=0',
    'instruction beyond vector=d error=0 eip=0 cs=48 flags=10002 esp=0',
  ],
  differences: [
    {
      manual: / beyond /,
      qemu: (line) => line.replace(/ vector=.*/, ' no exception'),
      because: 'Intel SDM volume 3, section 5.3: #GP beyond the limit of a segment; TCG does not look at limits',
    },
    {
      manual: /^loop has left /,
      qemu: 'loop has left 4',
      because: 'what follows from the line before',
    },
  ],
});
