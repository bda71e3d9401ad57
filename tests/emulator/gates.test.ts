import { testGuest } from './support/guest.ts';

testGuest('gates32', {
  inBochs: true,
  withoutQemu: 'TCG does not look at limits, and has #TS where the manual has #SS',
  lines: [
    '32-bit gate to level 1 vector=80 eip=9 cs=23 flags=246 ss=2b esp=0',
    'frame 8 11111111',
    'frame 16 33333333',
    'gate of level 1 vector=d error=70 eip=0 cs=23 flags=10202 ss=2b esp=0',
    'null stack vector=a error=0 eip=0 cs=23 flags=10202 ss=2b esp=0',
    'stack not present vector=c error=60 eip=0 cs=23 flags=10202 ss=2b esp=0',
    'stack too small vector=c error=58 eip=0 cs=23 flags=10202 ss=2b esp=0',
    'retf ss null before eip vector=d error=0 eip=0 cs=18 flags=10002 esp=fffffff0',
  ],
});

testGuest('gates64', {
  inBochs: true,
  lines: ['type in the second half vector=d error=48 rip=0 cs=8 ss=10 flags=10046 rsp=0'],
  differences: [
    {
      manual: 'cs 7b',
      qemu: 'cs 78',
      because:
        'Intel SDM volume 3, section 5.8.4: the CPL, and with it the RPL of CS, does not change at a conforming segment',
    },
    {
      manual: /^conforming /,
      qemu: (line) => line.replace('cs=7b', 'cs=78').replace(/rsp=\w+/, 'rsp=ff8'),
      because: 'what follows from the line before: the guest reckons from another stack',
    },
    {
      manual: /^not canonical /,
      qemu: (line) => line.replace('rip=0', 'rip=800000001234').replace('rsp=0', 'rsp=fffffffffffffff0'),
      because: 'Intel SDM volume 2, CALL: #GP(0) of the instruction itself if the offset in the gate is not canonical',
    },
    {
      manual: /^not canonical, jmp /,
      qemu: (line) => line.replace('rip=0', 'rip=800000001234'),
      because: 'Intel SDM volume 2, JMP: #GP(0) of the instruction itself if the offset in the gate is not canonical',
    },
  ],
});
