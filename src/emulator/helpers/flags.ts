/**
 * RFLAGS as programs load and store it: PUSHF, POPF, CLI, STI. Intel SDM volume 2, under these names; volume 3, sections 20.2.5
 * and 20.3 (virtual-8086 mode) and 20.4 (protected-mode virtual interrupts).
 */
import type { Cpu } from '../cpu/cpu.ts';
import { generalProtection } from '../cpu/exceptions.ts';
import { AC, ARITHMETIC, DF, ID, IF, IOPL, NT, RF, TF, VIF, VIP, VM } from '../cpu/flags.ts';
import { interruptFlag } from '../cpu/virtual-interrupts.ts';
import type { HelperTable } from './operands.ts';
import { moveStackPointer, operandBytes, pushValues, readStack } from './stack.ts';

/**
 * The interrupt flag that an instruction means which stores or loads IF among other flags.
 * @throws GuestException #GP(0) where it is guarded, or its size has no place for a virtual flag
 */
export function flagOfImage(cpu: Cpu, what: string, bits: 16 | 32 | 64): 'real' | 'virtual' {
  if (!cpu.state.isVirtual8086) return 'real';
  const flag = interruptFlag(cpu);
  if (flag === 'guarded' || (flag === 'virtual' && bits !== 16))
    throw generalProtection(`${what} in virtual-8086 mode with IOPL ${cpu.state.iopl}`);
  return flag;
}

/** FLAGS as a program with a virtual interrupt flag sees them: IF is VIF, IOPL is 3. */
export function virtualFlags(rflags: number): number {
  return (rflags & ~IF) | IOPL | (rflags & VIF ? IF : 0);
}
/**
 * Writes RFLAGS as POPF and IRET may: IOPL only at CPL 0, IF only if CPL <= IOPL (Intel SDM volume 2, POPF).
 * @param bits operand size: 16 leaves the upper half alone
 * @throws GuestException #GP(0) for a virtual interrupt flag that is set while an interrupt is pending, or with TF
 */
export function writeFlags(cpu: Cpu, value: number, bits: 16 | 32 | 64, flag: 'real' | 'virtual' = 'real'): void {
  const { state } = cpu;
  const old = state.rflags;
  let image = value;
  let writable = ARITHMETIC | TF | DF | NT;
  if (bits !== 16) writable |= AC | ID;
  if (state.cpl === 0) writable |= IOPL;
  if (flag === 'virtual') {
    if (value & TF || (value & IF && old & VIP))
      throw generalProtection('virtual interrupts with one pending, or with TF');
    writable |= VIF;
    image = (image & ~VIF) | (value & IF ? VIF : 0);
  } else if (state.cpl <= state.iopl) writable |= IF;
  state.rflags = (old & ~(writable | RF)) | (image & writable);
}

export const flagHelpers: HelperTable = {
  pushf(cpu, i) {
    const { rflags } = cpu.state;
    const image = flagOfImage(cpu, 'pushf', i.operandSize) === 'virtual' ? virtualFlags(rflags) : rflags;
    pushValues(cpu, operandBytes(i.operandSize), [BigInt(image & ~(RF | VM))]);
  },
  popf(cpu, i) {
    const flag = flagOfImage(cpu, 'popf', i.operandSize);
    const value = readStack(cpu, 0, operandBytes(i.operandSize));
    writeFlags(cpu, Number(value & 0xffffffffn), i.operandSize, flag);
    moveStackPointer(cpu, i.operandSize / 8);
  },
  cli(cpu) {
    const flag = interruptFlag(cpu);
    if (flag === 'guarded') throw generalProtection(`cli at privilege level ${cpu.state.cpl}`);
    cpu.state.rflags &= flag === 'virtual' ? ~VIF : ~IF;
  },
  sti(cpu) {
    const flag = interruptFlag(cpu);
    const { rflags } = cpu.state;
    if (flag === 'guarded') throw generalProtection(`sti at privilege level ${cpu.state.cpl}`);
    if (flag === 'virtual') {
      if (rflags & VIP) throw generalProtection('sti with a virtual interrupt pending');
      cpu.state.rflags = rflags | VIF;
      return;
    }
    if (rflags & IF) return;
    cpu.interrupts.shadow(cpu);
    cpu.state.rflags = rflags | IF;
  },
};
