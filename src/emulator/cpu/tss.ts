/** Fields of the task-state segment that the processor looks up without switching tasks. Intel SDM volume 3, sections 7.2 and 7.7. */
import type { Bytes } from '../mmu/linear-memory.ts';
import type { Cpu } from './cpu.ts';
import { SystemType, systemType, WIDE } from './descriptors.ts';
import { GuestException, Vector } from './exceptions.ts';

/** Offset of the I/O map base in a TSS of 32 or 64 bits. */
const IO_MAP_BASE = 0x66;

/** A field of the task-state segment. @throws GuestException #TS beyond its limit */
export function tssField(cpu: Cpu, offset: number, bytes: Bytes): bigint {
  const tr = cpu.state.segment('tr');
  if (offset + bytes - 1 > tr.limit)
    throw new GuestException(Vector.TS, 'the TSS is too short', { errorCode: tr.selector & 0xfffc });
  return readTss(cpu, offset, bytes);
}
function readTss({ linear, state }: Cpu, offset: number, bytes: Bytes): bigint {
  return linear.read(state.systemAddress(state.segment('tr').base + BigInt(offset)), bytes, 'supervisor');
}
/** Whether the TSS in TR is one of 32 or 64 bits. */
export function isWideTss({ state }: Cpu): boolean {
  return (state.segment('tr').attributes & WIDE) !== 0;
}
/** Stack pointer and selector that the TSS has for a privilege level outside long mode. @throws GuestException #TS */
export function innerStackPointer(cpu: Cpu, level: number): { selector: number; pointer: bigint } {
  const bytes = isWideTss(cpu) ? 4 : 2;
  const at = bytes + level * 2 * bytes;
  return { selector: Number(tssField(cpu, at + bytes, 2)), pointer: tssField(cpu, at, bytes) };
}
/** Stack pointer for a privilege level, or of the interrupt stack table, in long mode. @throws GuestException #TS */
export function longStackPointer(cpu: Cpu, which: { level: number } | { ist: number }): bigint {
  return tssField(cpu, 'ist' in which ? 0x24 + (which.ist - 1) * 8 : 4 + which.level * 8, 8);
}

/** Offset of the I/O permission bitmap, or `null` where the TSS has none. */
function ioMap(cpu: Cpu): number | null {
  const tr = cpu.state.segment('tr');
  const isTss = [SystemType.TSS_32, SystemType.BUSY_TSS_32].includes(systemType(tr) as 9);
  return isTss && tr.limit > IO_MAP_BASE ? Number(readTss(cpu, IO_MAP_BASE, 2)) : null;
}
/** Whether the I/O permission bitmap opens ports (Intel SDM volume 1, section 19.5.2). Two bytes are always read. */
export function allowsPorts(cpu: Cpu, port: number, count: number): boolean {
  const map = ioMap(cpu);
  if (map === null || map + (port >> 3) + 1 > cpu.state.segment('tr').limit) return false;
  const bits = Number(readTss(cpu, map + (port >> 3), 2)) >> (port & 7);
  return (bits & ((1 << count) - 1)) === 0;
}
/** Bytes of the software interrupt redirection bitmap, which lies right before the I/O permission bitmap. */
const REDIRECTION_BYTES = 32;
/**
 * Whether the software interrupt redirection bitmap leaves an INT n of virtual-8086 mode to the IDT (section 20.3.2).
 * @throws GuestException #GP(0) where the TSS has none
 */
export function leavesInterruptToIdt(cpu: Cpu, vector: number): boolean {
  const map = ioMap(cpu);
  const at = map === null ? -1 : map - REDIRECTION_BYTES + (vector >> 3);
  if (at < 0 || at > cpu.state.segment('tr').limit)
    throw new GuestException(Vector.GP, 'the TSS has no interrupt redirection bitmap', { errorCode: 0 });
  return ((Number(readTss(cpu, at, 1)) >> (vector & 7)) & 1) !== 0;
}
