/** Where descriptions of instructions are registered by the mnemonic of the manual. */
import type { Emitter, Width } from './emitter.ts';

export interface Definition {
  mnemonic: string;
  widths: readonly Width[];
  /**
   * Kinds of the explicit operands, in order: `r` general register, `x` xmm and `q` mmx register, `m` memory, `i` immediate,
   * `j` relative target.
   */
  forms: readonly string[];
  /** A vector in memory is loaded by a step before it: that saves handlers of what is rare. */
  loadStep?: boolean;
  /** Widths of the second operand, where it has one of its own. */
  sourceWidths?: readonly Width[];
  /** Uses the stack pointer: exists once for each width of it. */
  stack?: boolean;
  /** Its memory operand is the start of a bit string: a register moves the address. */
  bitString?: boolean;
  /** Jumps to a computed target. */
  jumpsAnywhere?: boolean;
  /** Has a condition code in its mnemonic. */
  conditional?: boolean;
  /** Repeat prefixes that change it. */
  repeats?: readonly ('none' | 'rep' | 'repne')[];
  describe: (e: Emitter) => void;
}

export const DEFINITIONS = new Map<string, Definition>();

type Shape = Omit<Definition, 'mnemonic' | 'describe'>;

export function define(mnemonic: string, shape: Shape, describe: (e: Emitter) => void): void {
  if (DEFINITIONS.has(mnemonic)) throw new Error(`${mnemonic} is defined twice`);
  DEFINITIONS.set(mnemonic, { mnemonic, ...shape, describe });
}

/** 8 to 64 bits. */
export const ALL_WIDTHS = [8, 16, 32, 64] as const;
/** 16 to 64 bits: operand size alone decides. */
export const WORD_WIDTHS = [16, 32, 64] as const;
/** For instructions whose operand size changes nothing but, at most, a target that the decoder has cut already. */
export const ANY_WIDTH = [64] as const;
/** Two operands, at most one of them in memory. */
export const BINARY_FORMS = ['rr', 'rm', 'mr', 'ri', 'mi'] as const;
/** One operand that is read and written. */
export const UNARY_FORMS = ['r', 'm'] as const;
