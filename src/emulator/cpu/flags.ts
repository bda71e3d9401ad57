/**
 * RFLAGS, and the lazy form of its arithmetic part. Intel SDM volume 1, section 3.4.3.
 *
 * Instructions store what the flags follow from; only a reader computes them. Values of 8-64 bits are stored
 * sign-extended to 64 bits, so that sign, zero and parity read alike at every width.
 */
export const CF = 1 << 0;
export const PF = 1 << 2;
export const AF = 1 << 4;
export const ZF = 1 << 6;
export const SF = 1 << 7;
export const TF = 1 << 8;
export const IF = 1 << 9;
export const DF = 1 << 10;
export const OF = 1 << 11;
export const IOPL = 3 << 12;
export const NT = 1 << 14;
export const RF = 1 << 16;
export const VM = 1 << 17;
export const AC = 1 << 18;
export const VIF = 1 << 19;
export const VIP = 1 << 20;
export const ID = 1 << 21;
/** Bit 1 reads as one. */
export const FIXED = 1 << 1;
export const ARITHMETIC = CF | PF | AF | ZF | SF | OF;

/** What the lazy flags follow from: `result` gives SF, ZF and PF in every kind but PACKED. */
export const FlagKind = {
  /** result = a + b: CF, OF, AF from all three. */
  ADD: 0,
  /** result = a - b. */
  SUB: 1,
  /** CF = OF = AF = 0. */
  LOGIC: 2,
  /** CF, OF and AF stand packed (at their RFLAGS positions) in `a`. */
  PARTIAL: 3,
  /** All six stand packed in `a`. */
  PACKED: 4,
} as const;
export type FlagKind = (typeof FlagKind)[keyof typeof FlagKind];

/** Computes the six arithmetic flags, packed at their RFLAGS positions. */
export function packFlags(kind: number, result: bigint, a: bigint, b: bigint): number {
  if (kind === FlagKind.PACKED) return Number(BigInt.asUintN(32, a)) & ARITHMETIC;
  let flags = result === 0n ? ZF : 0;
  if (result < 0n) flags |= SF;
  if (evenParity(Number(result & 0xffn))) flags |= PF;
  switch (kind) {
    case FlagKind.ADD:
      if (BigInt.asUintN(64, result) < BigInt.asUintN(64, b)) flags |= CF;
      if (((a ^ result) & (b ^ result)) < 0n) flags |= OF;
      if ((a ^ b ^ result) & 0x10n) flags |= AF;
      break;
    case FlagKind.SUB:
      if (BigInt.asUintN(64, a) < BigInt.asUintN(64, b)) flags |= CF;
      if (((a ^ b) & (a ^ result)) < 0n) flags |= OF;
      if ((a ^ b ^ result) & 0x10n) flags |= AF;
      break;
    case FlagKind.PARTIAL:
      flags |= Number(BigInt.asUintN(32, a)) & (CF | OF | AF);
      break;
    default:
  }
  return flags;
}

function evenParity(byte: number): boolean {
  const nibble = (byte ^ (byte >> 4)) & 15;
  return ((0x9669 >> nibble) & 1) === 1;
}
