import { testGuest } from './support/guest.ts';

testGuest('crossing', {
  differences: [
    {
      manual: /^missing: (add|xchg|cmpxchg8b|not) /,
      qemu: (line) => line.replace('error=2', 'error=0'),
      because:
        'Intel SDM volume 3, section 4.7: W/R tells that the access was a write; the destination of these is one',
    },
    {
      manual: 'read-only: sgdt before 8877665544332211',
      qemu: 'read-only: sgdt before 887700c744332211',
      because: 'Intel SDM volume 3, section 6.5: a faulting instruction can be restarted, and has written nothing here',
    },
  ],
});

const RESTORED =
  'Intel SDM volume 2, REP/REPE/REPNE: if a fault occurs during CMPS or SCAS, EFLAGS is restored to the state before the instruction';

testGuest('strings', {
  lines: ['movsb fault rcx 3c', 'movsb fault rsi 40001000', 'movsq fault rdi 40000ffb', 'movsq rcx 0'],
  differences: [
    { manual: 'scasb ne fault flags 10046', qemu: 'scasb ne fault flags 93', because: RESTORED },
    { manual: 'cmpsd fault flags 10093', qemu: 'cmpsd fault flags 46', because: RESTORED },
  ],
});
