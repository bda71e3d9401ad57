import { type AddressSize, type CodeSize, DecodeError, type OperandSize, type SegmentName } from './instruction.ts';

/** An instruction has at most 15 bytes (Intel SDM vol. 2, section 2.3.11; vol. 3, section 7.15, #GP). */
const MAXIMUM_LENGTH = 15;

/** The bytes of one instruction while they are read, and what its prefixes said. */
export class Encoding {
  readonly code: Uint8Array;
  readonly start: number;
  readonly address: bigint;
  readonly codeSize: CodeSize;
  position: number;

  /** Last segment override that is effective in this mode. */
  segmentOverride: SegmentName | null = null;
  operandOverride = false;
  addressOverride = false;
  lock = false;
  /** The last of F2 and F3, or 0. */
  repeatPrefix: 0 | 0xf2 | 0xf3 = 0;
  /** 0, or the REX prefix that stands right before the opcode. */
  rex = 0;
  /** There is a VEX prefix: its R, X, B and W are in `rex`, its pp in the prefixes above. */
  vex = false;
  /** VEX.vvvv, not inverted: a register number, or 0 where it names none. VEX.L. */
  vvvv = 0;
  vexL = false;

  /** Why this is #UD, found before all of the instruction was read: being too long comes first. */
  objection: string | null = null;

  opcode = 0;
  modrm = 0;
  operandSize: OperandSize = 32;
  addressSize: AddressSize = 32;

  constructor(code: Uint8Array, start: number, address: bigint, codeSize: CodeSize) {
    this.code = code;
    this.start = start;
    this.position = start;
    this.address = address;
    this.codeSize = codeSize;
  }

  get rexW(): boolean {
    return (this.rex & 8) !== 0;
  }
  /** REX.R, REX.X and REX.B as the fourth bit of a register number. */
  get rexR(): number {
    return (this.rex & 4) << 1;
  }
  get rexX(): number {
    return (this.rex & 2) << 2;
  }
  get rexB(): number {
    return (this.rex & 1) << 3;
  }
  get mod(): number {
    return this.modrm >> 6;
  }
  get reg(): number {
    return (this.modrm >> 3) & 7;
  }
  get rm(): number {
    return this.modrm & 7;
  }
  get length(): number {
    return this.position - this.start;
  }
  get bytes(): Uint8Array {
    return this.code.slice(this.start, this.position);
  }

  /**
   * The next byte.
   * @throws DecodeError 'too-long' for a 16th byte, 'truncated' where the code ends.
   */
  byte(): number {
    if (this.length >= MAXIMUM_LENGTH) throw new DecodeError('too-long', `${this.hex()} …: longer than 15 bytes`);
    const value = this.code[this.position];
    if (value === undefined) throw new DecodeError('truncated', `${this.hex()} …: the code ends inside an instruction`);
    this.position++;
    return value;
  }

  /** The next 8, 16, 32 or 64 bits, little-endian, zero-extended. */
  unsigned(bits: number): bigint {
    return BigInt.asUintN(bits, this.signed(bits));
  }

  /** The next 8, 16, 32 or 64 bits, little-endian, sign-extended. */
  signed(bits: number): bigint {
    if (bits === 64) {
      const low = this.word32();
      return (BigInt(this.word32()) << 32n) | BigInt(low >>> 0);
    }
    if (bits === 32) return BigInt(this.word32());
    const low = this.byte();
    return BigInt(bits === 8 ? (low << 24) >> 24 : ((low | (this.byte() << 8)) << 16) >> 16);
  }

  /** The bytes read so far, for messages. */
  hex(): string {
    return Array.from(this.bytes, (b) => b.toString(16).padStart(2, '0')).join(' ');
  }

  undefined(why: string): DecodeError {
    return new DecodeError('undefined', `${this.hex()}: ${why}`);
  }

  private word32(): number {
    const low = this.byte() | (this.byte() << 8);
    return low | (this.byte() << 16) | (this.byte() << 24);
  }
}
