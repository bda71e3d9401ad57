import { idtErrorCode } from './support/differences.ts';
import { testGuest } from './support/guest.ts';

const EXT =
  'Intel SDM volume 3, section 6.13: EXT is set if the fault came up while an earlier exception was delivered';

testGuest('privilege', {
  inBochs: true,
  lines: [
    'popf all at iopl 0 flags=244ed7',
    'popf none at iopl 3 flags=3002',
    'gate of level 0 vector=d error=502 rip=0 cs=33 ss=2b flags=10202 rsp=0',
    'ud: gate not present vector=b error=33 rip=0 cs=8 ss=10 flags=10002 rsp=0',
  ],
  differences: [
    {
      manual: /^iret not canonical /,
      qemu: (line) => line.replace('rip=0', 'rip=800000000000').replace(/rsp=\w+/, 'rsp=0'),
      because: 'Intel SDM volume 2, IRET: #GP(0) of the instruction itself if the return address is not canonical',
    },
    idtErrorCode(
      /^(gate of level 0|gate not present|gate not present at level 3|call gate in the idt|16-bit gate|beyond the idt) /,
    ),
    {
      manual: /^gate not canonical /,
      qemu: (line) => line.replace('rip=0', 'rip=1234567800102640').replace(/rsp=\w+/, 'rsp=ffffffffffffffd0'),
      because: 'Intel SDM volume 2, INT n: #GP(0) before anything is pushed if the offset in the gate is not canonical',
    },
    {
      manual: /^ud: (null selector|gate to data) /,
      qemu: (line) => line.replace(/(?<=error=\w?)1 /, '0 '),
      because: EXT,
    },
    {
      manual: /^ud: gate not present /,
      qemu: (line) => line.replace('error=33', 'error=62'),
      because: `${EXT}; and the vector stands in bits 3 and up`,
    },
  ],
});
