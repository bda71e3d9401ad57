import { testGuest } from './support/guest.ts';

testGuest('system-calls', {
  // Intel's: AMD's processors know neither SYSENTER in long mode nor SYSRET's check.
  cpu: 'qemu64,vendor=GenuineIntel,+rdtscp',
  lines: [
    'flags inside 2028d7',
    'sysret to an address that is not canonical vector=d error=0 rip=0 cs=8 ss=10 flags=10046 rsp=0',
    'no such msr vector=d error=0 rip=0 cs=8 ss=10 flags=10002 rsp=0',
  ],
  differences: [
    {
      manual: 'flags inside 2028d7',
      qemu: 'flags inside 202002',
      because: 'Intel SDM volume 2, SYSCALL: RFLAGS AND NOT IA32_FMASK, so that flags outside the mask stay',
    },
    {
      manual: /^(sysret to an address that is not|sysexit not) canonical /,
      qemu: (line) =>
        line
          .replace('rip=0', 'rip=800000000000')
          .replace('cs=8 ss=10 flags=46 rsp=0', 'cs=33 ss=2b flags=2 rsp=fffffffffffff000')
          .replace('cs=48 ss=50', 'cs=6b ss=73'),
      because: 'Intel SDM volume 2, SYSRET and SYSEXIT: #GP(0) of the instruction itself, at level 0',
    },
    {
      manual: /^(lstar not canonical|no such msr) /,
      qemu: (line) => line.replace(/ vector=.*/, ' no exception'),
      because:
        'Intel SDM volume 2, RDMSR and WRMSR: #GP(0) for an MSR that is not there, or an address that is not canonical',
    },
  ],
});
