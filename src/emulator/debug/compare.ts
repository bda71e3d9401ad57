/** Compares two processors architecturally: what a program could tell apart, not how an engine keeps it. */
import * as L from '../cpu/layout.ts';
import { type CpuState, SegmentIndex, type SegmentRegister } from '../cpu/state.ts';
import { gprName } from '../isa/register-names.ts';

/** The 64-bit registers beside the general ones, by name and place in the state. */
const SYSTEM_REGISTERS: readonly [name: string, offset: number][] = [
  ...[0, 2, 3, 4, 8].map((i): [string, number] => [`cr${i}`, L.CR + i * 8]),
  ...[0, 1, 2, 3, 6, 7].map((i): [string, number] => [`dr${i}`, L.DR + i * 8]),
  ['efer', L.EFER],
  ['star', L.STAR],
  ['lstar', L.LSTAR],
  ['cstar', L.CSTAR],
  ['sfmask', L.SFMASK],
  ['kernel_gs_base', L.KERNEL_GS_BASE],
  ['pat', L.PAT],
  ['apic_base', L.APIC_BASE],
  ['tsc_adjust', L.TSC_ADJUST],
  ['sysenter_cs', L.SYSENTER_CS],
  ['sysenter_esp', L.SYSENTER_ESP],
  ['sysenter_eip', L.SYSENTER_EIP],
  ['tsc_aux', L.TSC_AUX],
  ['fip', L.FPU_CODE_POINTER],
  ['fdp', L.FPU_DATA_POINTER],
  ['xcr0', L.XCR0],
  ['random', L.RANDOM],
  ...[0, 1, 2, 3].map((i): [string, number] => [`pdpte${i}`, L.DIRECTORY_POINTERS + i * 8]),
  ...Array.from({ length: 28 }, (_, i): [string, number] => [`mtrr${i}`, L.MTRR + i * 8]),
];

/** What x87, MMX and SSE keep in words of 32 bits, and in registers of 128. */
const FLOATING_POINT_WORDS: readonly [name: string, offset: number][] = [
  ['fcw', L.FPU_CONTROL],
  ['fsw', L.FPU_STATUS],
  ['ftw', L.FPU_TAGS],
  ['fop', L.FPU_OPCODE],
  ['fcs', L.FPU_CODE_SELECTOR],
  ['fds', L.FPU_DATA_SELECTOR],
  ['mxcsr', L.MXCSR],
  ['ferr', L.FERR],
];
const WIDE_REGISTERS: readonly [name: string, offset: number][] = [
  ...Array.from({ length: 8 }, (_, i): [string, number] => [`fpr${i}`, L.ST + i * 16]),
  ...Array.from({ length: 16 }, (_, i): [string, number] => [`xmm${i}`, L.XMM + i * 16]),
];

/** Every architectural register by name, as one comparable value each. */
export function architecturalState(state: CpuState): Map<string, string> {
  const values = new Map<string, string>();
  for (let i = 0; i < 16; i++) values.set(gprName(i, 64), hex(state.gpr(i)));
  values.set('rip', hex(state.rip));
  values.set('rflags', hex(BigInt(state.rflags)));
  for (const name of Object.keys(SegmentIndex) as SegmentRegister[]) {
    const { selector, base, limit, attributes } = state.segment(name);
    values.set(
      name,
      `${hex(BigInt(selector))} base ${hex(base)} limit ${hex(BigInt(limit))} attributes ${hex(BigInt(attributes))}`,
    );
  }
  for (const name of ['gdtr', 'idtr'] as const)
    values.set(name, `base ${hex(state[name].base)} limit ${hex(BigInt(state[name].limit))}`);
  for (const [name, offset] of SYSTEM_REGISTERS) values.set(name, hex(state.u64(offset)));
  for (const [name, offset] of FLOATING_POINT_WORDS) values.set(name, hex(BigInt(state.view.getUint32(offset, true))));
  for (const [name, offset] of WIDE_REGISTERS)
    values.set(name, hex(state.u64(offset) | (state.u64(offset + 8) << 64n)));
  return values;
}

/** Registers that differ, each as `name: value in a / value in b`; empty if none does. */
export function differences(a: CpuState, b: CpuState): string[] {
  if (sameBytes(a.bytes, b.bytes)) return [];
  const other = architecturalState(b);
  return [...architecturalState(a)]
    .filter(([name, value]) => other.get(name) !== value)
    .map(([name, value]) => `${name}: ${value} / ${other.get(name)}`);
}

/** Equal bytes mean equal registers; the reverse does not hold, since flags are kept by what they follow from. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = L.GPR; i < L.STATE_END; i++) if (a[i] !== b[i]) return false;
  return true;
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
