import { idtErrorCode } from './support/differences.ts';
import { testGuest } from './support/guest.ts';

testGuest('exceptions64', {
  inBochs: true,

  lines: [
    'ud2 vector=6 rip=0 cs=8 ss=10 flags=10002 rsp=0',
    'bp vector=3 rip=1 cs=8 ss=10 flags=2 rsp=0',
    'user hlt vector=d error=0 rip=0 cs=33 ss=2b flags=10202 rsp=0',
    'user int 0x81 vector=d error=40a rip=0 cs=33 ss=2b flags=10202 rsp=0',
  ],
  differences: [
    {
      manual: /^gp ss null rpl 1 /,
      qemu: 'gp ss null rpl 1 no exception',
      because: 'Intel SDM volume 2, MOV: #GP(0) if SS gets a null selector in 64-bit mode whose RPL differs from CPL',
    },
    idtErrorCode(/^user (int 0x81|int3) /),
  ],
});
