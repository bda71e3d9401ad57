/** CPUID, access to model-specific registers, the time-stamp counter, HLT. */

import type { Cpu } from '../cpu/cpu.ts';
import { generalProtection, invalidOpcode } from '../cpu/exceptions.ts';
import * as L from '../cpu/layout.ts';
import { Cr4 } from '../cpu/state.ts';
import { requireSupervisor } from './control-registers.ts';
import { cpuid } from './cpuid.ts';
import { readMsr, timeStamp, writeMsr } from './msr.ts';
import { type Helper, type HelperTable, readGpr, writeGpr, writeOperand } from './operands.ts';

/** Two 32-bit registers, as RDMSR and RDTSC return a value. */
function setPair(cpu: Cpu, value: bigint): void {
  writeGpr(cpu, L.RAX, 32, value);
  writeGpr(cpu, L.RDX, 32, value >> 32n);
}

/** Of a feature that CPUID does not announce. */
function absent(mnemonic: string): Helper {
  return () => {
    throw invalidOpcode(`${mnemonic}: the processor has not got it`);
  };
}

export const systemHelpers: HelperTable = {
  cpuid(cpu) {
    const leaf = Number(readGpr(cpu, L.RAX, 32));
    const subleaf = Number(readGpr(cpu, L.RCX, 32));
    const [eax, ebx, ecx, edx] = cpuid(leaf, subleaf, cpu.state.codeSize === 64, cpu.state.cr4);
    for (const [register, value] of [
      [L.RAX, eax],
      [L.RBX, ebx],
      [L.RCX, ecx],
      [L.RDX, edx],
    ] as const)
      writeGpr(cpu, register, 32, BigInt(value >>> 0));
  },
  rdmsr(cpu) {
    requireSupervisor(cpu, 'rdmsr');
    setPair(cpu, readMsr(cpu, Number(readGpr(cpu, L.RCX, 32))));
  },
  wrmsr(cpu) {
    requireSupervisor(cpu, 'wrmsr');
    writeMsr(cpu, Number(readGpr(cpu, L.RCX, 32)), (readGpr(cpu, L.RDX, 32) << 32n) | readGpr(cpu, L.RAX, 32));
  },
  rdtsc(cpu) {
    if (cpu.state.cr4 & Cr4.TSD) requireSupervisor(cpu, 'rdtsc with CR4.TSD');
    setPair(cpu, timeStamp(cpu));
  },
  rdtscp(cpu) {
    if (cpu.state.cr4 & Cr4.TSD) requireSupervisor(cpu, 'rdtscp with CR4.TSD');
    setPair(cpu, timeStamp(cpu));
    writeGpr(cpu, L.RCX, 32, cpu.state.u64(L.TSC_AUX));
  },
  rdpid: (cpu, i) => writeOperand(cpu, i, 0, cpu.state.u64(L.TSC_AUX)),
  /** There is no performance counter. */
  rdpmc(cpu) {
    throw generalProtection(`there is no performance counter ${Number(readGpr(cpu, L.RCX, 32))}`);
  },
  monitor: absent('monitor'),
  mwait: absent('mwait'),
  rsm() {
    throw invalidOpcode('rsm outside system-management mode, which there is none of');
  },
  hlt(cpu) {
    requireSupervisor(cpu, 'hlt');
    cpu.halted = true;
  },
};
