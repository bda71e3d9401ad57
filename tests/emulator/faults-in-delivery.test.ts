import { idtErrorCode } from './support/differences.ts';
import { testGuest } from './support/guest.ts';

testGuest('double-fault', {
  lines: [
    'de then np vector=8 error=0 rip=0 cs=8 ss=10 flags=10046 rsp=0',
    'gp then pf vector=e error=2 rip=0 cs=8 ss=10 flags=10002 rsp=40000100 cr2=400000f8',
  ],
  differences: [
    idtErrorCode(/^(ud|bp) then np /),
    {
      manual: /^ud then ss /,
      qemu: (line) => line.replace('vector=c error=1', 'vector=8 error=0'),
      because:
        'Intel SDM volume 3, section 6.15, table 6-5: a benign exception and a contributory one are handled serially',
    },
  ],
});
testGuest('triple-fault', { end: 'triple-fault', lines: ['before 1'] });
testGuest('triple-fault32', { end: 'triple-fault', lines: ['before 1'] });
