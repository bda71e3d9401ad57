import { testGuest } from './support/guest.ts';

testGuest('alignment', {
  inBochs: true,
  withoutQemu: 'TCG 7.2 does not check alignment',
  lines: [
    'ac off vector=80 rip=9 cs=33 ss=2b flags=202 rsp=0',
    'dword at 2 vector=11 error=0 rip=0 cs=33 ss=2b flags=50202 rsp=0',
    'byte at 1 vector=80 rip=9 cs=33 ss=2b flags=40202 rsp=0',
    'am off vector=80 rip=9 cs=33 ss=2b flags=40202 rsp=0',
  ],
});
