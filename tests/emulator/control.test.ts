import { testGuest } from './support/guest.ts';

testGuest('control', {
  inBochs: true,

  differences: [
    {
      manual: /^(fs base|lstar) not canonical /,
      qemu: (line) => line.replace(/ vector=.*/, ' no exception'),
      because: 'Intel SDM volume 2, WRMSR: #GP(0) if an address that is not canonical goes to one of these MSRs',
    },
  ],
});

// Intel SDM volume 2, MOV to control register, and volume 3, section 2.5: #GP(0) for each of these; WRMSR and RDMSR: #GP(0) for a
// reserved bit and for an MSR that is not there; volume 3, section 5.2.1: a code segment with L and D set is refused.
testGuest('strict', {
  withoutQemu: 'QEMU 7.2 takes these values, and then goes on in a state that no processor can be in',
  lines: [
    'paging off in 64-bit mode vector=d error=0 rip=0 cs=8 ss=10 flags=10007 rsp=0',
    'upper half of cr0 vector=d error=0 rip=0 cs=8 ss=10 flags=10002 rsp=0',
    'nw without cd vector=d error=0 rip=0 cs=8 ss=10 flags=10002 rsp=0',
    'cr0 80010001',
    'pae off in long mode vector=d error=0 rip=0 cs=8 ss=10 flags=10083 rsp=0',
    'upper half of cr4 vector=d error=0 rip=0 cs=8 ss=10 flags=10002 rsp=0',
    'reserved bit of cr4 vector=d error=0 rip=0 cs=8 ss=10 flags=10002 rsp=0',
    'reserved bit of cr3 vector=d error=0 rip=0 cs=8 ss=10 flags=10002 rsp=0',
    'cr3 0',
    'reserved bit of cr8 vector=d error=0 rip=0 cs=8 ss=10 flags=10046 rsp=0',
    'lme off vector=d error=0 rip=0 cs=8 ss=10 flags=10047 rsp=0',
    'reserved bit of efer vector=d error=0 rip=0 cs=8 ss=10 flags=10002 rsp=0',
    'no such msr vector=d error=0 rip=0 cs=8 ss=10 flags=10046 rsp=0',
    'no such msr to write vector=d error=0 rip=0 cs=8 ss=10 flags=10002 rsp=0',
    'L and D vector=d error=48 rip=0 cs=8 ss=10 flags=10002 rsp=0',
  ],
});
