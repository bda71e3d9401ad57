import { testGuest } from './support/guest.ts';

testGuest('returns64', {
  lines: [
    'iret 32 from long to CODE64, DATA vector=80 error=0 rip=1 cs=8 ss=10 flags=243ed7 rsp=5000',
    'iret 64 from long to USER_CODE32, USER_STACK16 vector=80 error=0 rip=1 cs=23 ss=63 flags=243ed7 rsp=upper half, 7788',
    'release 64 from long to USER_CODE64, USER_DATA vector=80 error=0 rip=1 cs=33 ss=2b flags=2 rsp=11223344556677a0',
  ],
});
