import type { Difference } from './support/differences.ts';
import { testGuest, testSector } from './support/guest.ts';

const WITHOUT_QEMU = 'QEMU 7.2 ends with a failed assertion when TCG raises IRQ 13, and freezes at no instruction';

const FROZEN = 'Intel SDM volume 1, section 8.7.2: the processor freezes before the instruction that waits';
const IGNNE =
  'Intel SDM volume 1, section D.2.1.2: IGNNE# is asserted by the access to port F0h until FERR# is deasserted';
const frozen = (name: string, length: number): Difference => ({
  manual: new RegExp(`^${name}: ip 0$`),
  qemu: (line) => line.replace(/0$/, String(length)),
  because: FROZEN,
});
const ignored = (name: string, length: number): Difference[] => [
  { manual: `${name}: interrupts 0`, qemu: `${name}: interrupts 1`, because: IGNNE },
  { manual: `${name}: ip ff`, qemu: `${name}: ip ${length}`, because: IGNNE },
  { manual: `${name}: status 0`, qemu: `${name}: status b084`, because: IGNNE },
];

testSector('ferr', {
  withoutQemu: WITHOUT_QEMU,
  inBochs: true,
  lines: [
    'pending b084',
    'pending: interrupts 0',
    'fwait: interrupts 1',
    'answered last: interrupts 1',
    'again: interrupts 1',
    // Bochs passes every instruction before the interrupt comes.
    ...['fwait', 'fnop', 'answered last', 'again', 'fninit', 'masked', 'ignored', 'after that', 'answered in vain'].map(
      (name) => `${name}: ip 0`,
    ),
    'fld1 waits 1',
    'movd waits 1',
    'fxsave waits 0',
    'ignored: interrupts 1',
    'ignored: status after b084',
    'ignored still: interrupts 0',
    'ignored still: status after b084',
    'after that: interrupts 1',
    'answered in vain: interrupts 1',
    'native: interrupts 0',
  ],
  bochsDifferences: [
    frozen('(fwait|answered last|again|fninit|masked|ignored|after that|answered in vain)', 1),
    frozen('fnop', 2),
    ...ignored('ignored still', 1),
    ...ignored('ignored by fnop', 2),
  ],
});

// Bochs executes the instruction first, and takes the interrupt then.
testSector('ferr-frozen', {
  withoutQemu: WITHOUT_QEMU,
  lines: [
    'fld1: interrupts 1',
    'fld1: ip 0',
    // Loaded after the handler's FNINIT.
    'fld1: status 3800',
    'fld1: value 40400001',
    'fst: interrupts 1',
    'fst: ip 0',
    'fst: before 40400000',
    // The stack is empty then: the default NaN.
    'fst: after ffc00000',
    'movd: interrupts 1',
    'movd: ip 0',
    'movd: before 40400000',
    'movd: after 0',
    'movd: status 0',
    'paddb: interrupts 1',
    'paddb: ip 0',
    'paddb: value 2040608',
    'tick 0',
    'tick 0',
    'tick 0',
    'masked: interrupts 1',
    'masked: ip 0',
    'masked: status 3800',
    'ignored fld1: interrupts 1',
    'ignored fld1: ip 0',
    'ignored: fst 3f800000',
    'ignored: paddb 2040608',
    'ignored: status 8084',
    'ignored: interrupts 0',
    'after that: interrupts 1',
    'after that: ip 0',
  ],
});
testGuest('ferr64', {
  withoutQemu: WITHOUT_QEMU,
  lines: [
    'vector 2d',
    'rip 0',
    'flags 0',
    'status 3800',
    'vector 2d',
    'rip 0',
    'flags 0',
    'status at level 3 3800',
    'user vector=80 rip=7 cs=33 ss=2b flags=202 rsp=0',
    // The breakpoint; the interrupt then, with RF still set; and no breakpoint again.
    'dr6 1',
    'vector 1',
    'rip 0',
    'flags 10000',
    'vector 2d',
    'rip 0',
    'flags 10000',
    // The interrupt before the step; the steps of FWAIT, PUSH and POPF.
    'vector 2d',
    'rip 0',
    'flags 100',
    ...['1', '3', '4'].flatMap((rip) => [
      'dr6 4000',
      'vector 1',
      `rip ${rip}`,
      // The handler sets RF in what it tells; POPF has cleared TF.
      rip === '4' ? 'flags 10000' : 'flags 10100',
    ]),
  ],
});
