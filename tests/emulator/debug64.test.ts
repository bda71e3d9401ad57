import { testGuest } from './support/guest.ts';

testGuest('debug64', {
  inBochs: true,
  withoutQemu: 'TCG keeps RF after the next instruction, and holds no debug exception back after a load of SS',
  lines: [
    'instruction vector=1 rip=13 cs=8 flags=0 dr6=1',
    'general detect vector=1 rip=8 cs=8 flags=0 dr6=2000',
    'instruction after mov ss vector=80 rip=1a cs=8 flags=0 dr6=0',
    'step vector=1 rip=14 cs=8 flags=10100 dr6=4000',
  ],
  bochsDifferences: [
    {
      manual: /^(step .* flags=10100 dr6=4000|string instruction meets data .* dr6=2)$/,
      qemu: (line) => line.replace('flags=10', 'flags=').replace('flags=000', 'flags=0'),
      because:
        'Intel SDM volume 3, section 17.3.1.1: RF is pushed set by a trap between the elements of a string instruction',
    },
  ],
});

testGuest('debug-shadow', {
  withoutQemu:
    'TCG holds no debug exception back after a load of SS, nor does Bochs over the entry of a handler; neither sets RF between elements',
  // Intel SDM volume 3, sections 6.8.3 and 17.3.1.1.
  lines: [
    'data of mov ss before int3 vector=1 handlers+30 cs=8 flags=0 dr6=1',
    'data of mov ss before int3 vector=3 rip=1a cs=8 flags=0 dr6=0',
    'data of mov ss before int3 vector=80 rip=1d cs=8 flags=0 dr6=0',
    'data of mov ss before icebp vector=1 handlers+10 cs=8 flags=0 dr6=1',
    'data of mov ss before icebp vector=1 rip=1a cs=8 flags=0 dr6=0',
    'data of mov ss before icebp vector=80 rip=1d cs=8 flags=0 dr6=0',
    'step over string instruction vector=1 rip=25 cs=8 flags=100 dr6=1',
    'step over string instruction vector=1 rip=25 cs=8 flags=10100 dr6=4000',
    'step over string instruction vector=1 rip=25 cs=8 flags=10100 dr6=4000',
    'step over string instruction vector=1 rip=27 cs=8 flags=100 dr6=4000',
    'step over string instruction vector=1 rip=28 cs=8 flags=100 dr6=4000',
    'step over string instruction vector=80 rip=2a cs=8 flags=100 dr6=0',
  ],
});

testGuest('step-system-calls', {
  // AMD's processors know no SYSENTER in long mode.
  cpu: 'qemu64,vendor=GenuineIntel',
  lines: [
    'step over syscall, masked vector=80 rip=7 cs=33 flags=0 dr6=0',
    'sysret loads tf vector=1 rip=3 cs=33 flags=100 dr6=4000',
  ],
});
