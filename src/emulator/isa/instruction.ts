/**
 * A decoded instruction: what the opcode tables say of some bytes, before any engine gives it a meaning.
 * Terms follow the Intel SDM, volume 2, chapter 2 (instruction format).
 */

export type OperandSize = 16 | 32 | 64;
export type AddressSize = 16 | 32 | 64;
/** Default sizes of the code segment: 16- and 32-bit (CS.D) or 64-bit mode (CS.L). */
export type CodeSize = 16 | 32 | 64;

/** Segment registers by their encoding in a ModRM reg field. */
export const SEGMENTS = ['es', 'cs', 'ss', 'ds', 'fs', 'gs'] as const;
export type SegmentName = (typeof SEGMENTS)[number];

export interface GprOperand {
  kind: 'gpr';
  /** 0-15: rax rcx rdx rbx rsp rbp rsi rdi r8-r15. */
  index: number;
  width: 8 | 16 | 32 | 64;
  /** ah, ch, dh, bh: `index` is then 0-3. */
  high: boolean;
}
export interface MemoryOperand {
  kind: 'memory';
  /** Width of the access in bits; 0 where the operand is an address alone (lea, invlpg, nop). */
  width: number;
  /** The segment that applies, after overrides and the rSP/rBP default. */
  segment: SegmentName;
  /** GPR index; -1 = none; for RIP-relative addressing `base` is -1 and `ripRelative` true. */
  base: number;
  index: number;
  scale: 1 | 2 | 4 | 8;
  /** Sign-extended displacement. For RIP-relative operands relative to the next instruction, as encoded. */
  displacement: bigint;
  ripRelative: boolean;
}
export interface ImmediateOperand {
  kind: 'immediate';
  /** Sign- or zero-extended as the instruction defines, as a signed 64-bit value. */
  value: bigint;
  /** Width of the operand that the value is extended to, in bits. */
  width: number;
}
export interface RelativeOperand {
  kind: 'relative';
  /** Branch target: the address after the instruction plus displacement, truncated to the code size. */
  target: bigint;
}
export interface FarOperand {
  kind: 'far';
  selector: number;
  offset: bigint;
}
export interface SystemRegisterOperand {
  kind: 'segment' | 'control' | 'debug' | 'x87' | 'mmx' | 'xmm';
  index: number;
}
export type Operand =
  | GprOperand
  | MemoryOperand
  | ImmediateOperand
  | RelativeOperand
  | FarOperand
  | SystemRegisterOperand;

export interface Instruction {
  /** Value of the instruction pointer at the first byte. */
  address: bigint;
  /** 1-15 bytes. */
  length: number;
  bytes: Uint8Array;
  /**
   * The mnemonic of the manual, without condition or size suffix: `add`, `jcc`, `setcc`, `cmovcc`, `movs`,
   * `movzx`, `movsx` (also movsxd), `call`, `jmp`, `ret`, `retf`, `iret`, `push`, `cbw` (all of cbw/cwde/cdqe), `cwd`
   * (all of cwd/cdq/cqo), `in`, `out`, `ud2` ... The key under which the semantics are found.
   */
  mnemonic: string;
  /** Condition code 0-15 of jcc, setcc, cmovcc; otherwise -1. */
  condition: number;
  operandSize: OperandSize;
  addressSize: AddressSize;
  codeSize: CodeSize;
  /** In the manual's order, destination first. Implicit operands (rax of mul, rsi of movs) are not listed. */
  operands: Operand[];
  lock: boolean;
  repeat: 'none' | 'rep' | 'repne';
  /** Explicit segment override, where one was given and is effective. */
  segmentOverride: SegmentName | null;
  /** Has a VEX prefix: undefined in real and virtual-8086 mode. */
  vex?: true;
  /** Width in bits of one element of a string instruction (movs, ins ...) and of the transfer of `in` and `out`. */
  elementWidth?: 8 | 16 | 32 | 64;
}

/** The instruction pointer behind an instruction. 16-bit code counts on in EIP: nothing but a jump cuts it to 16 bits. */
export function nextAddress({ address, length, codeSize }: Instruction): bigint {
  return BigInt.asUintN(codeSize === 64 ? 64 : 32, address + BigInt(length));
}

/** Why bytes are no instruction: #UD, an instruction longer than 15 bytes (#GP), or more bytes needed than given. */
export class DecodeError extends Error {
  readonly reason: 'undefined' | 'too-long' | 'truncated';
  constructor(reason: 'undefined' | 'too-long' | 'truncated', message: string) {
    super(message);
    this.reason = reason;
  }
}
