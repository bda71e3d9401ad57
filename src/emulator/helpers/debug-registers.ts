/** Moves to and from DR0-DR7. Intel SDM volume 3, section 17.2; volume 2, MOV—Move to/from Debug Registers. */
import type { Cpu } from '../cpu/cpu.ts';
import { Dr6, Dr7, debugFault } from '../cpu/debug-unit.ts';
import { generalProtection, invalidOpcode } from '../cpu/exceptions.ts';
import * as L from '../cpu/layout.ts';
import { Cr4 } from '../cpu/state.ts';

/** Bits of DR6 and DR7 that always read as one, and those that can be written at all. */
const DR6_FIXED = 0xffff0ff0n;
const DR6_WRITABLE = 0xe00fn;
const DR7_FIXED = 0x400n;
const DR7_WRITABLE = 0xffff23ffn;

/** Which register an index means: DR4 and DR5 are DR6 and DR7 unless CR4.DE says that they do not exist. */
function registerOf(cpu: Cpu, index: number): number {
  if (index !== 4 && index !== 5) return index;
  if (cpu.state.cr4 & Cr4.DE) throw invalidOpcode(`dr${index} with CR4.DE`);
  return index + 2;
}
/** DR7.GD guards the registers against everyone but the handler, for which it is cleared. */
function checkGuard(cpu: Cpu): void {
  if (cpu.state.view.getUint32(L.DR + 7 * 8, true) & Dr7.GD)
    throw debugFault(cpu, Dr6.BD, 'access to a debug register');
}

export function readDebugRegister(cpu: Cpu, index: number): bigint {
  const register = registerOf(cpu, index);
  checkGuard(cpu);
  return cpu.state.u64(L.DR + register * 8);
}
export function writeDebugRegister(cpu: Cpu, index: number, value: bigint): void {
  const register = registerOf(cpu, index);
  checkGuard(cpu);
  if (register >= 6 && value >> 32n) throw generalProtection(`upper half of DR${register} is reserved`);
  const written =
    register === 6 ? (value & DR6_WRITABLE) | DR6_FIXED : register === 7 ? (value & DR7_WRITABLE) | DR7_FIXED : value;
  cpu.state.setU64(L.DR + register * 8, written);
}
