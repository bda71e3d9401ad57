import { testGuest, testSector } from './support/guest.ts';

testSector('x87-real', {
  inBochs: true,
  withoutQemu: 'TCG raises no #MF for most instructions and keeps no pointers and opcode',
  lines: ['em fxsave vector=7 ip=0 cs=0 flags=2 sp=0', 'pending fld1 vector=10 ip=0 cs=0 flags=2 sp=0', 'wide 6'],
});

testGuest('xsave', {
  cpu: 'max',
  differences: [
    {
      manual: /^(xsave|xrstor) with ts /,
      qemu: (line) => line.replace(/vector=.*/, 'no exception'),
      because: 'Intel SDM volume 2, XSAVE and XRSTOR: #NM if CR0.TS is set',
    },
    {
      manual: /^reserved bits of mxcsr vector/,
      qemu: (line) => line.replace(/vector=.*/, 'no exception'),
      because: 'Intel SDM volume 2, XRSTOR: #GP for reserved bits of MXCSR',
    },
  ],
});
