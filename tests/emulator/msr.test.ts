import { testGuest } from './support/guest.ts';

testGuest('msr', {
  inBochs: true,
  bochsModel: 'corei7_icelake_u',
  withoutQemu: 'TCG takes nearly every value of these registers',
  lines: [
    'efer bit 9 vector=d error=0 rip=0 cs=8 ss=10 flags=10046 rsp=0',
    'lma stays d00',
    '0xc0000082 not canonical vector=d error=0 rip=0 cs=8 ss=10 flags=10006 rsp=0',
    'pat with 2 vector=d error=0 rip=0 cs=8 ss=10 flags=10006 rsp=0',
    'mtrr fixed of type 3 vector=d error=0 rip=0 cs=8 ss=10 flags=10006 rsp=0',
    'pg off in 64-bit mode vector=d error=0 rip=0 cs=8 ss=10 flags=10003 rsp=0',
    'cr8 of 16 vector=d error=0 rip=0 cs=8 ss=10 flags=10002 rsp=0',
  ],
  bochsDifferences: [
    {
      manual: /^no such register/,
      qemu: (line) => line.replace(/ vector=.*/, ' no exception'),
      because:
        'Intel SDM volume 2, RDMSR and WRMSR: #GP(0) for a reserved or unimplemented MSR address; Bochs is told not to',
    },
  ],
});
