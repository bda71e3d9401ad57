/** Supervisor-mode access prevention, process-context identifiers. Intel SDM volume 3, sections 4.6 and 4.10; volume 2, STAC, CLAC, INVPCID. */
import type { Cpu } from '../cpu/cpu.ts';
import { generalProtection, invalidOpcode } from '../cpu/exceptions.ts';
import { AC } from '../cpu/flags.ts';
import { Cr4 } from '../cpu/state.ts';
import type { Scope } from '../mmu/translations.ts';
import { requireSupervisor } from './control-registers.ts';
import { type HelperTable, linearAddress, memoryOperand, readOperand } from './operands.ts';

function setAc(cpu: Cpu, what: string, bits: number): void {
  if (cpu.state.cpl !== 0) throw invalidOpcode(`${what} at privilege level ${cpu.state.cpl}`);
  cpu.state.rflags = (cpu.state.rflags & ~AC) | bits;
}
const PCIDS = 0xfffn;

/** What INVPCID of a type forgets; an address alone takes all of its space with it. */
function invpcidScope(cpu: Cpu, type: bigint, pcid: bigint, address: bigint): Scope {
  switch (type) {
    case 0n:
    case 1n:
      if (pcid !== 0n && !(cpu.state.cr4 & Cr4.PCIDE)) throw generalProtection('invpcid of a PCID without CR4.PCIDE');
      if (type === 0n && BigInt.asUintN(64, BigInt.asIntN(48, address)) !== address)
        throw generalProtection(`invpcid of 0x${address.toString(16)}: not canonical`);
      return { pcid: Number(pcid) };
    case 2n:
      return 'all';
    case 3n:
      return 'local';
    default:
      throw generalProtection(`invpcid of type ${type}`);
  }
}

export const memoryRightHelpers: HelperTable = {
  stac: (cpu) => setAc(cpu, 'stac', AC),
  clac: (cpu) => setAc(cpu, 'clac', 0),
  invpcid(cpu, i) {
    requireSupervisor(cpu, 'invpcid');
    const type = readOperand(cpu, i, 0);
    const at = linearAddress(cpu, i, memoryOperand(i, 1), 16, false);
    const pcid = cpu.linear.read(at, 8);
    const address = cpu.linear.read(BigInt.asUintN(cpu.state.codeSize === 64 ? 64 : 32, at + 8n), 8);
    if (pcid & ~PCIDS && type <= 3n) throw generalProtection('reserved bits of the descriptor of invpcid');
    cpu.forgetTranslations(invpcidScope(cpu, type, pcid, address));
  },
};
