/** Far jumps and calls. Intel SDM volume 3, section 5.8; volume 2, JMP and CALL. */
import type { Cpu } from '../cpu/cpu.ts';
import { type Descriptor, isCode, isNullSelector, readDescriptor } from '../cpu/descriptors.ts';
import { generalProtection } from '../cpu/exceptions.ts';
import { checkCode, setCodeSegment } from '../cpu/segmentation.ts';
import { type Instruction, nextAddress } from '../isa/instruction.ts';
import { check8086Offset, checkedOffset, enter8086 } from './code-targets.ts';
import { transferThrough } from './gates.ts';
import { type HelperTable, linearAddress, memoryOperand } from './operands.ts';
import { operandBytes, pushValues } from './stack.ts';

/** The selector and offset of a far operand, immediate or in memory. */
function farTarget(cpu: Cpu, i: Instruction): { selector: number; offset: bigint } {
  const operand = i.operands[0];
  if (operand?.kind === 'far') return { selector: operand.selector, offset: operand.offset };
  const bytes = operandBytes(i.operandSize);
  const address = linearAddress(cpu, i, memoryOperand(i), bytes + 2, false);
  const offset = cpu.linear.read(address, bytes);
  return {
    offset,
    selector: Number(cpu.linear.read(BigInt.asUintN(cpu.state.codeSize === 64 ? 64 : 32, address + BigInt(bytes)), 2)),
  };
}
/** What a selector names: a code segment, or something that leads on. @throws GuestException */
function farDescriptor(cpu: Cpu, selector: number): Descriptor {
  if (isNullSelector(selector)) throw generalProtection('null selector in CS');
  return readDescriptor(cpu, selector);
}

export const farTransferHelpers: HelperTable = {
  jmpf(cpu, i) {
    const { selector, offset } = farTarget(cpu, i);
    if (cpu.state.is8086) {
      check8086Offset(cpu, offset);
      enter8086(cpu, selector, offset);
      return;
    }
    const descriptor = farDescriptor(cpu, selector);
    if (!isCode(descriptor)) {
      transferThrough(cpu, descriptor, 'jump', nextAddress(i));
      return;
    }
    const code = checkCode(cpu, descriptor, 'transfer');
    const entry = checkedOffset(cpu, code, offset);
    setCodeSegment(cpu, code);
    cpu.jump(entry);
  },
  /**
   * Between 64-bit mode and compatibility mode the return address goes where the stack pointer of the new code points: of 64
   * bits, or of as many as SS has (as Intel's processors do it; the manual's CALL is silent).
   */
  callf(cpu, i) {
    const { selector, offset } = farTarget(cpu, i);
    const from = [BigInt(cpu.state.segment('cs').selector), nextAddress(i)];
    if (cpu.state.is8086) {
      check8086Offset(cpu, offset);
      pushValues(cpu, operandBytes(i.operandSize), from);
      enter8086(cpu, selector, offset);
      return;
    }
    const descriptor = farDescriptor(cpu, selector);
    if (!isCode(descriptor)) {
      transferThrough(cpu, descriptor, 'call', nextAddress(i));
      return;
    }
    const code = checkCode(cpu, descriptor, 'transfer');
    const entry = checkedOffset(cpu, code, offset);
    const before = cpu.state.segment('cs');
    setCodeSegment(cpu, code);
    try {
      pushValues(cpu, operandBytes(i.operandSize), from);
    } catch (error) {
      setCodeSegment(cpu, before);
      throw error;
    }
    cpu.jump(entry);
  },
};
