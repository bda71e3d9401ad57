import type { Encoding } from './encoding.ts';
import type { MemoryOperand, SegmentName } from './instruction.ts';

type Addressing = Omit<MemoryOperand, 'kind' | 'width'>;

const RSP = 4;
const RBP = 5;

/** Base and index by rm in 16-bit addressing: bx+si, bx+di, bp+si, bp+di, si, di, bp, bx (SDM vol. 2, table 2-1). */
const PAIRS_16: readonly (readonly [base: number, index: number])[] = [
  [3, 6],
  [3, 7],
  [5, 6],
  [5, 7],
  [6, -1],
  [7, -1],
  [5, -1],
  [3, -1],
];

function segmentOf(e: Encoding, base: number): SegmentName {
  return e.segmentOverride ?? (base === RSP || base === RBP ? 'ss' : 'ds');
}

/** Reads SIB and displacement of a ModRM byte whose mod is not 3 (Intel SDM vol. 2, section 2.1.5, tables 2-1 to 2-3). */
export function readMemory(e: Encoding, width: number): MemoryOperand {
  const addressing = e.addressSize === 16 ? read16(e) : read32(e);
  return { kind: 'memory', width, ...addressing };
}

/** An address in the instruction itself (moffs), as wide as the address size. */
export function readOffset(e: Encoding, width: number): MemoryOperand {
  return {
    kind: 'memory',
    width,
    segment: segmentOf(e, -1),
    base: -1,
    index: -1,
    scale: 1,
    displacement: e.signed(e.addressSize),
    ripRelative: false,
  };
}

function read16(e: Encoding): Addressing {
  const { mod, rm } = e;
  const absolute = mod === 0 && rm === 6;
  const [base, index] = absolute ? [-1, -1] : PAIRS_16[rm]!;
  const displacement = absolute || mod === 2 ? e.signed(16) : mod === 1 ? e.signed(8) : 0n;
  return { segment: segmentOf(e, base), base, index, scale: 1, displacement, ripRelative: false };
}

function read32(e: Encoding): Addressing {
  const { mod, rm } = e;
  let base = rm | e.rexB;
  let index = -1;
  let scale: 1 | 2 | 4 | 8 = 1;
  let ripRelative = false;
  let bits = mod === 1 ? 8 : mod === 2 ? 32 : 0;
  if (rm === 4) {
    const sib = e.byte();
    scale = (1 << (sib >> 6)) as 1 | 2 | 4 | 8;
    index = ((sib >> 3) & 7) | e.rexX;
    if (index === RSP) index = -1;
    base = (sib & 7) | e.rexB;
    if ((sib & 7) === 5 && mod === 0) {
      base = -1;
      bits = 32;
    }
  } else if (rm === 5 && mod === 0) {
    base = -1;
    bits = 32;
    ripRelative = e.codeSize === 64;
  }
  const displacement = bits === 0 ? 0n : e.signed(bits);
  return { segment: segmentOf(e, base), base, index, scale, displacement, ripRelative };
}
