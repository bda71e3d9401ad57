import { testGuest } from './support/guest.ts';

testGuest('paging', {
  lines: [
    'rmw vector=e error=2 rip=0 cs=8 ss=10 flags=10002 rsp=0 cr2=40000018',
    'fetch vector=e error=10 rip=40000000 cs=8 ss=10 flags=10002 rsp=fffffffffffffff8 cr2=40000000',
    'user write vector=e error=6 rip=0 cs=33 ss=2b flags=10202 rsp=0 cr2=40000008',
    'reserved: user read vector=e error=d rip=0 cs=33 ss=2b flags=10202 rsp=0 cr2=40000000',
    'write: page 63',
    'write: directory 27',
  ],
  differences: [
    {
      manual: /^rmw /,
      qemu: (line) => line.replace('error=2', 'error=0'),
      because: 'Intel SDM volume 3, section 4.7: W/R tells that the access was a write; the destination of ADD is one',
    },
    {
      manual: /^(reserved|nx without nxe).* error=(9|b|d|19) /,
      qemu: (line) => line.replace(/error=(\w+)/, (_, code) => `error=${(Number.parseInt(code, 16) - 1).toString(16)}`),
      because: 'Intel SDM volume 3, section 4.7: bit 3 (RSVD) can be set only if bit 0 (P) is also set',
    },
  ],
});

testGuest('paging32', {
  inBochs: true,
  withoutQemu: 'TCG reads the page-directory-pointer table at each walk, and checks none of its reserved bits',
  lines: [
    'pointer removed 11111111',
    'cr0 written vector=e error=0 eip=0 cs=18 flags=10086 esp=0',
    'pointer bit 5 vector=d error=0 eip=0 cs=18 flags=10006 esp=0',
    'pointer bit 9 no exception',
    'directory bit 62, read vector=e error=9 eip=0 cs=18 flags=10006 esp=0',
    'paging 0',
    '4 MiB, bit 21, read vector=e error=9 eip=0 cs=18 flags=10006 esp=0',
    '4 MiB, bit 13, read no exception',
  ],
  bochsDifferences: [
    {
      manual: /^cr0 written /,
      qemu: 'cr0 written no exception',
      because: 'Intel SDM volume 3, section 4.4.1: the table is read by MOV to CR0 that changes CD, NW or PG',
    },
  ],
});
