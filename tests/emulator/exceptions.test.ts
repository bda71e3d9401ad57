import { testGuest } from './support/guest.ts';

const IDT_ERROR_CODE =
  'Intel SDM volume 3, section 6.13: the index of the vector stands in bits 3 to 15 of an error code with the IDT bit, in IA-32e mode too';

testGuest('exceptions64', {
  lines: [
    'ud2 vector=6 rip=0 cs=8 ss=10 flags=10002 rsp=0',
    'bp vector=3 rip=1 cs=8 ss=10 flags=2 rsp=0',
    'user hlt vector=d error=0 rip=0 cs=33 ss=2b flags=10202 rsp=0',
  ],
  differences: [
    {
      manual: 'gp ss null rpl 1 vector=d error=0 rip=0 cs=8 ss=10 flags=10002 rsp=0',
      qemu: 'gp ss null rpl 1 no exception',
      because:
        'Intel SDM volume 2, MOV: #GP(0) if SS is loaded with a null selector in 64-bit mode and RPL differs from CPL',
    },
    {
      manual: 'user int 0x81 vector=d error=40a rip=0 cs=33 ss=2b flags=10202 rsp=0',
      qemu: 'user int 0x81 vector=d error=812 rip=0 cs=33 ss=2b flags=202 rsp=0',
      because: IDT_ERROR_CODE,
    },
    {
      manual: 'user int3 vector=d error=1a rip=0 cs=33 ss=2b flags=10202 rsp=0',
      qemu: 'user int3 vector=d error=32 rip=0 cs=33 ss=2b flags=202 rsp=0',
      because: IDT_ERROR_CODE,
    },
  ],
});
