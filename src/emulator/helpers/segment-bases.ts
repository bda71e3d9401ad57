/** RDFSBASE, RDGSBASE, WRFSBASE, WRGSBASE, SWAPGS. Intel SDM volume 2, under these names. */
import type { Cpu } from '../cpu/cpu.ts';
import { generalProtection, invalidOpcode } from '../cpu/exceptions.ts';
import * as L from '../cpu/layout.ts';
import { Cr4, SegmentIndex } from '../cpu/state.ts';
import { requireSupervisor } from './control-registers.ts';
import { type Helper, type HelperTable, readOperand, writeOperand } from './operands.ts';

const BASES = { fs: L.SEGMENT_BASE + SegmentIndex.fs * 8, gs: L.SEGMENT_BASE + SegmentIndex.gs * 8 };

function requireFsgsbase(cpu: Cpu, what: string): void {
  if (!(cpu.state.cr4 & Cr4.FSGSBASE)) throw invalidOpcode(`${what} without CR4.FSGSBASE`);
}
function readBase(register: 'fs' | 'gs'): Helper {
  return (cpu, i) => {
    requireFsgsbase(cpu, i.mnemonic);
    writeOperand(cpu, i, 0, cpu.state.u64(BASES[register]));
  };
}
function writeBase(register: 'fs' | 'gs'): Helper {
  return (cpu, i) => {
    requireFsgsbase(cpu, i.mnemonic);
    const base = readOperand(cpu, i, 0);
    if (BigInt.asUintN(64, BigInt.asIntN(48, base)) !== base)
      throw generalProtection(`base 0x${base.toString(16)} is not canonical`);
    cpu.state.setU64(BASES[register], base);
  };
}

export const segmentBaseHelpers: HelperTable = {
  rdfsbase: readBase('fs'),
  rdgsbase: readBase('gs'),
  wrfsbase: writeBase('fs'),
  wrgsbase: writeBase('gs'),
  swapgs(cpu) {
    requireSupervisor(cpu, 'swapgs');
    const base = cpu.state.u64(BASES.gs);
    cpu.state.setU64(BASES.gs, cpu.state.u64(L.KERNEL_GS_BASE));
    cpu.state.setU64(L.KERNEL_GS_BASE, base);
  },
};
