import { testGuest } from './support/guest.ts';

testGuest('segments', {
  lines: [
    'ss not present vector=c error=48 rip=0 cs=8 ss=10 flags=10002 rsp=0',
    'ds not present vector=b error=48 rip=0 cs=8 ss=10 flags=10002 rsp=0',
    'str 16 ffffffffffff0038',
  ],
  differences: [
    {
      manual: /^lar .* is [0-9a-f]{6}$/,
      qemu: (line) => line.replace(/(?<=is [0-9a-f])[0-9a-f]/, '0'),
      because: 'Intel SDM volume 2, LAR: undefined; processors give bits 16 to 19 of the limit',
    },
    {
      manual: /^iret (stack|code) accessed /,
      qemu: (line) => line.replace(/(?<=accessed \w\w\w?9)[39](?=000)/, (type) => (type === '3' ? '2' : '8')),
      because:
        'Intel SDM volume 3, section 3.4.5.1: loading a segment register sets the accessed bit of the descriptor',
    },
    {
      manual: /^lgdt not canonical /,
      qemu: 'lgdt not canonical no exception',
      because:
        'Intel SDM volume 2, LGDT: #GP(0) in 64-bit mode if the memory operand holds a base that is not canonical',
    },
    {
      manual: /^gdt stays /,
      qemu: 'gdt stays 123456789abcdef0',
      because: 'what follows from the line before',
    },
    {
      manual: /^ltr null /,
      qemu: 'ltr null no exception',
      because: 'Intel SDM volume 2, LTR: #GP(0) if the source operand contains a null segment selector',
    },
    {
      manual: /^far jump not canonical /,
      qemu: (line) => line.replace('rip=0 cs=60', 'rip=800000000000 cs=8'),
      because: 'Intel SDM volume 2, JMP: #GP(0) if the target is not canonical, of the jump itself',
    },
    {
      manual: /^limit in compatibility mode /,
      qemu: (line) => line.replace('vector=d error=0 rip=0', 'vector=6 rip=6'),
      because: 'Intel SDM volume 3, section 5.3: #GP beyond the limit of a segment; TCG does not look at limits',
    },
  ],
});
