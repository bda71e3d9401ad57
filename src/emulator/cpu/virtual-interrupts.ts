/** The virtual interrupt flag. Intel SDM volume 3, sections 20.3 (virtual-8086 mode) and 20.4 (protected-mode virtual interrupts). */
import type { Cpu } from './cpu.ts';
import { generalProtection } from './exceptions.ts';
import { VIF, VIP } from './flags.ts';
import { Cr4 } from './state.ts';

/** What a program means that sets or clears IF. */
export type InterruptFlag =
  /** IF itself. */
  | 'real'
  /** VIF, which its monitor looks at: virtual-8086 mode extensions, protected-mode virtual interrupts. */
  | 'virtual'
  /** What it must not touch. */
  | 'guarded';
/** That of the present privilege level, by CLI and STI; the rest of those that IOPL guards are so in virtual-8086 mode alone. */
export function interruptFlag({ state }: Cpu): InterruptFlag {
  if (state.cpl <= state.iopl) return 'real';
  const extension = state.isVirtual8086 ? Cr4.VME : state.cpl === 3 ? Cr4.PVI : 0;
  return state.cr4 & extension ? 'virtual' : 'guarded';
}
/**
 * Comes after what may have loaded VIF and VIP together: no instruction begins with both set (section 20.3.2).
 * @throws GuestException #GP(0) of the next instruction
 */
export function checkVirtualInterrupts(cpu: Cpu): void {
  const both = VIF | VIP;
  if ((cpu.state.rflags & both) === both && interruptFlag(cpu) === 'virtual')
    throw generalProtection('an instruction begins with VIF and VIP set');
}
