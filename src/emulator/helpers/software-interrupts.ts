/** INT n, INT3, INT1, INTO. Intel SDM volume 2, INT n/INTO/INT3/INT1; volume 3, section 20.3. */
import type { Cpu } from '../cpu/cpu.ts';
import { deliver, deliverTo8086, type EventSource } from '../cpu/delivery.ts';
import { generalProtection, Vector } from '../cpu/exceptions.ts';
import { OF } from '../cpu/flags.ts';
import { Cr4 } from '../cpu/state.ts';
import { leavesInterruptToIdt } from '../cpu/tss.ts';
import { type Instruction, nextAddress } from '../isa/instruction.ts';
import { virtualFlags } from './flags.ts';
import { type HelperTable, readOperand } from './operands.ts';

/** Delivers as a trap: the handler returns to the next instruction. */
function trap(cpu: Cpu, i: Instruction, vector: number, source: EventSource = 'software'): void {
  deliver(cpu, vector, null, source, nextAddress(i));
}
/** INT n of virtual-8086 mode: to the 8086's own handler if the monitor lets it, else to the IDT if IOPL does. */
function virtualInterrupt(cpu: Cpu, i: Instruction, vector: number): void {
  const { state } = cpu;
  if (state.cr4 & Cr4.VME && !leavesInterruptToIdt(cpu, vector)) {
    const isVirtual = state.iopl < 3;
    const flags = isVirtual ? virtualFlags(state.rflags) : state.rflags;
    deliverTo8086(cpu, vector, flags, nextAddress(i), isVirtual);
  } else {
    if (state.iopl < 3) throw generalProtection(`int ${vector} in virtual-8086 mode with IOPL ${state.iopl}`);
    trap(cpu, i, vector);
  }
}

export const softwareInterruptHelpers: HelperTable = {
  int(cpu, i) {
    const vector = Number(readOperand(cpu, i, 0) & 0xffn);
    if (cpu.state.isVirtual8086) virtualInterrupt(cpu, i, vector);
    else trap(cpu, i, vector);
  },
  /** ICEBP: unlike INT 1, no privilege is asked of the gate. */
  int1: (cpu, i) => trap(cpu, i, Vector.DB, 'external'),
  int3: (cpu, i) => trap(cpu, i, Vector.BP),
  into(cpu, i) {
    if (cpu.state.rflags & OF) trap(cpu, i, Vector.OF);
    else cpu.jump(nextAddress(i));
  },
};
