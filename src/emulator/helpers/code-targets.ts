/** Where far transfers may lead in a code segment. Intel SDM volume 2, CALL, JMP, RET, IRET. */
import type { Cpu } from '../cpu/cpu.ts';
import { generalProtection } from '../cpu/exceptions.ts';
import { loadRealModeCode } from '../cpu/segmentation.ts';
import { Efer, type Segment, SegmentAttribute } from '../cpu/state.ts';

/** Whether a segment makes 64-bit code. */
export function isLongCode(cpu: Cpu, code: Segment): boolean {
  return (cpu.state.efer & Efer.LMA) !== 0 && (code.attributes & SegmentAttribute.L) !== 0;
}
/** The offset as the code segment can hold it. @throws GuestException #GP(0) */
export function checkedOffset(cpu: Cpu, code: Segment, offset: bigint): bigint {
  if (isLongCode(cpu, code)) {
    if (BigInt.asUintN(64, BigInt.asIntN(48, offset)) !== offset)
      throw generalProtection('far transfer to an address that is not canonical');
    return offset;
  }
  const cut = BigInt.asUintN(32, offset);
  if (cut > BigInt(code.limit)) throw generalProtection('far transfer beyond the limit of the code segment');
  return cut;
}
/** @throws GuestException #GP(0) if the code segment of real mode, whose limit stays, does not hold the offset */
export function check8086Offset(cpu: Cpu, offset: bigint): void {
  if (offset > BigInt(cpu.state.segment('cs').limit))
    throw generalProtection('far transfer beyond the limit of the code segment');
}
/** Goes on in real mode, or in virtual-8086 mode, at a checked offset. */
export function enter8086(cpu: Cpu, selector: number, offset: bigint): void {
  loadRealModeCode(cpu, selector);
  cpu.jump(offset);
}
