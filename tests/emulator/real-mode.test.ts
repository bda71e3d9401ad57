import { testSector } from './support/guest.ts';

testSector('real-mode', { inBochs: true });

testSector('mode-switches', {
  lines: ['unreal 600dcafe', '32-bit real mode 369d0368', '64-bit 12345678'],
  inBochs: true,
});

testSector('real-limits', {
  inBochs: true,
  withoutQemu: 'TCG does not look at limits',
  lines: [
    'word at ffff vector=d ip=0 cs=0 flags=96 sp=0',
    'dword at fffd vector=d ip=0 cs=0 flags=2 sp=0',
    'byte at ffff no exception',
    'word store at ffff vector=d ip=0 cs=0 flags=2 sp=0',
    'byte at 10000 vector=d ip=0 cs=0 flags=2 sp=0',
    'stack word at ffff vector=c ip=0 cs=0 flags=2 sp=0',
    'cs word at ffff vector=d ip=0 cs=0 flags=2 sp=0',
    'lodsw at ffff vector=d ip=0 cs=0 flags=2 sp=0',
    'stosw at ffff vector=d ip=0 cs=0 flags=2 sp=0',
    'rep stosw across vector=d ip=0 cs=0 flags=2 sp=0',
    'left 2',
    'xlat wraps no exception',
    'store through cs 1234',
    'jump to 10000 vector=d ip=0 cs=0 flags=2 sp=0',
    'call to 10000 vector=d ip=0 cs=0 flags=2 sp=0',
    'ret to 10000 vector=d ip=0 cs=0 flags=2 sp=0',
    'off the end vector=d ip=0 cs=0 flags=2 sp=0',
    'wrapped 1',
    'within the limit 55667788',
    'beyond the limit vector=d ip=0 cs=0 flags=2 sp=0',
    'below an expand-down segment vector=d ip=0 cs=0 flags=2 sp=0',
    'within an expand-down segment no exception',
    'beyond 64 KiB again abcd',
  ],
});

testSector('real-opcodes', {
  inBochs: true,
  cpu: 'max',
  lines: ['rorx vector=6 ip=0 cs=0 flags=2 sp=0', 'les offset 1234', 'les selector 50'],
  differences: [
    {
      manual: /^sysret /,
      qemu: (line) => line.replace('vector=6', 'vector=d'),
      because: 'Intel SDM volume 2, SYSRET: #UD outside 64-bit mode comes first',
    },
    {
      manual: /^lock (mov|bt) /,
      qemu: (line) => line.replace(/ vector=.*/, ' no exception'),
      because: 'Intel SDM volume 2, LOCK: #UD for instructions that are not in its list',
    },
    {
      manual: 'crc32 8c0ed262',
      qemu: 'crc32 41de5db8',
      because: 'Intel SDM volume 2, CRC32: 66 makes 32 bits of the operand in 16-bit code, as it does for others',
    },
  ],
});

testSector('a20', { inBochs: true });
