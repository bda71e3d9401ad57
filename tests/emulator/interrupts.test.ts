import { idtErrorCode } from './support/differences.ts';
import { testGuest } from './support/guest.ts';

testGuest('interrupts', {
  lines: [
    'gate not present vector=b error=123 rip=0 cs=8 ss=10 flags=10202 rsp=0',
    'gate to data vector=d error=11 rip=0 cs=8 ss=10 flags=10202 rsp=0',
  ],
  differences: [
    idtErrorCode(/^gate not present /),
    {
      manual: /^gate to data /,
      qemu: (line) => line.replace('error=11', 'error=10'),
      because: 'Intel SDM volume 3, section 6.13: EXT is set for an event from outside the program',
    },
  ],
});
