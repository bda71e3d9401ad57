import { testGuest } from './support/guest.ts';

testGuest('protected32', {
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
  ],
});

testGuest('small-stack', { lines: ['popped 89abcdef'] });
testGuest('based-code', {
  end: 'unsupported',
  lines: ['flat 0'],
  withoutQemu: 'a processor goes on where the machine has to stop',
});
