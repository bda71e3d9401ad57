/** What the manual allows no code to bring a processor into. */
import { VM } from '../../../src/emulator/cpu/flags.ts';
import * as L from '../../../src/emulator/cpu/layout.ts';
import { SegmentAttribute as A, type CpuState, Cr0, Cr4, Efer } from '../../../src/emulator/cpu/state.ts';

type Rule = [broken: (state: CpuState) => boolean, text: string];

const dr = (state: CpuState, index: number): bigint => state.u64(L.DR + 8 * index);
const level = (attributes: number): number => (attributes & A.DPL) >> 5;
const isProtected = (state: CpuState): boolean => (state.cr0 & Cr0.PE) !== 0 && !state.isVirtual8086;
const isLong = (state: CpuState): boolean => (state.efer & Efer.LMA) !== 0;

const RULES: readonly Rule[] = [
  // Volume 1, section 3.4.3.
  [({ rflags }) => (rflags & 0x802a) !== 2 || rflags >>> 22 !== 0, 'reserved bits of RFLAGS'],
  // Volume 3, section 2.5, and section 10.8.5 for EFER.
  [({ cr0 }) => (cr0 & Cr0.PG) !== 0 && !(cr0 & Cr0.PE), 'CR0.PG without PE'],
  [({ cr0 }) => (cr0 & Cr0.NW) !== 0 && !(cr0 & Cr0.CD), 'CR0.NW without CD'],
  [({ cr0 }) => !(cr0 & Cr0.ET) || (cr0 & 0x1ffaffc0) !== 0, 'fixed bits of CR0'],
  [(s) => s.cr(0) >> 32n !== 0n || s.cr(4) >> 32n !== 0n || s.cr(8) > 15n, 'reserved bits of CR0, CR4 or CR8'],
  [(s) => isLong(s) !== ((s.efer & Efer.LME) !== 0 && (s.cr0 & Cr0.PG) !== 0), 'EFER.LMA is LME and PG'],
  [(s) => isLong(s) && !(s.cr4 & Cr4.PAE), 'long mode without CR4.PAE'],
  [(s) => !isLong(s) && (s.cr4 & Cr4.PCIDE) !== 0, 'CR4.PCIDE outside long mode'],
  [(s) => s.isVirtual8086 && (isLong(s) || !(s.cr0 & Cr0.PE)), 'RFLAGS.VM in real or long mode'],
  [(s) => (s.rflags & VM) !== 0 && s.cpl !== 3, 'virtual-8086 mode below level 3'],
  [(s) => s.codeSize !== 64 && s.rip >> 32n !== 0n, 'RIP of more than 32 bits'],
  // Volume 3, sections 3.4.5 and 5.5.
  [(s) => isLong(s) && (~s.segment('cs').attributes & (A.L | A.DB)) === 0, 'CS.L and CS.D'],
  [(s) => isProtected(s) && (s.segment('cs').selector & 3) !== s.cpl && hasLoadedCs(s), 'RPL of CS and CPL'],
  [(s) => isProtected(s) && s.cpl !== level(s.segment('ss').attributes), 'DPL of SS and CPL'],
  // Volume 1, sections 8.1.3, 8.1.5 and 10.2.3.
  [({ x87 }) => (x87.control & 0xe0c0) !== 0x40, 'reserved bits of the x87 control word'],
  [({ x87 }) => isPending(x87) !== ((x87.status & 0x80) !== 0), 'x87 ES'],
  [({ x87 }) => ((x87.status & 0x80) !== 0) !== ((x87.status & 0x8000) !== 0), 'x87 B, which is as ES'],
  [({ view }) => view.getUint32(L.MXCSR, true) >>> 16 !== 0, 'reserved bits of MXCSR'],
  // Volume 3, sections 18.2.3 and 18.2.4.
  [(s) => (dr(s, 6) & ~0xe00fn) !== 0xffff0ff0n, 'fixed bits of DR6'],
  [(s) => (dr(s, 7) & ~0xffff23ffn) !== 0x400n, 'fixed bits of DR7'],
];
function isPending({ control, status }: CpuState['x87']): boolean {
  return (status & ~control & 0x3f) !== 0;
}
/** Right after CR0.PE has been set CS is as real mode left it, until a far jump. */
function hasLoadedCs(state: CpuState): boolean {
  const { selector, base } = state.segment('cs');
  return base !== BigInt(selector) << 4n;
}

/** The rules that a state breaks. Sections are those of the Intel SDM. */
export function forbidden(state: CpuState): string[] {
  return RULES.filter(([broken]) => broken(state)).map(([, text]) => text);
}
