import { testGuest } from './support/guest.ts';

testGuest('virtual-8086', {
  inBochs: true,
  withoutQemu: 'TCG looks at no limits, and has no virtual-8086 mode extensions',
  lines: [
    'segments vector=6 error=0 eip=2e cs=6000 flags=30002 esp=56781000 ss=6400 es=89ab ds=6001 fs=6200 gs=89ab inside=0',
    'task vector=80 error=0 eip=2 cs=6000 flags=23002 esp=800 ss=6400 es=1111 ds=2222 fs=3333 gs=4444 inside=0',
    'pvi sti vector=80 eip=3 cs=23 flags=80202 ss=2b esp=0',
    'pvi sti, vip vector=d error=0 eip=0 cs=23 flags=110202 ss=2b esp=0',
  ],
});
