/** Processor exceptions: Intel SDM volume 3, chapter 6 ("Interrupt and exception handling"). */

export interface ExceptionReport {
  /** Vector 0-31. */
  vector: number;
  /** Error code, for the vectors that push one. */
  errorCode: number | null;
  /** Address of the instruction that raised it (for traps: of the next one). */
  rip: bigint;
  /** CR2 for a page fault. */
  address: bigint | null;
  /** What went wrong, in words, e.g. `write to not-present page`. */
  reason: string;
}

/** Mnemonics and names by vector. */
export const EXCEPTIONS: readonly { mnemonic: string; name: string; hasErrorCode: boolean }[] = [
  ['#DE', 'divide error', false],
  ['#DB', 'debug', false],
  ['NMI', 'non-maskable interrupt', false],
  ['#BP', 'breakpoint', false],
  ['#OF', 'overflow', false],
  ['#BR', 'bound range exceeded', false],
  ['#UD', 'invalid opcode', false],
  ['#NM', 'device not available', false],
  ['#DF', 'double fault', true],
  ['#MF?', 'coprocessor segment overrun', false],
  ['#TS', 'invalid TSS', true],
  ['#NP', 'segment not present', true],
  ['#SS', 'stack-segment fault', true],
  ['#GP', 'general protection', true],
  ['#PF', 'page fault', true],
  ['#15', 'reserved', false],
  ['#MF', 'x87 floating-point error', false],
  ['#AC', 'alignment check', true],
  ['#MC', 'machine check', false],
  ['#XM', 'SIMD floating-point exception', false],
  ['#VE', 'virtualization exception', false],
  ['#CP', 'control protection', true],
].map(
  ([mnemonic, name, hasErrorCode]) =>
    ({ mnemonic, name, hasErrorCode }) as { mnemonic: string; name: string; hasErrorCode: boolean },
);

export const Vector = {
  DE: 0,
  DB: 1,
  NMI: 2,
  BP: 3,
  OF: 4,
  BR: 5,
  UD: 6,
  NM: 7,
  DF: 8,
  TS: 10,
  NP: 11,
  SS: 12,
  GP: 13,
  PF: 14,
  MF: 16,
  AC: 17,
  MC: 18,
  XM: 19,
} as const;

/**
 * An exception on its way to the guest; thrown where it is found, before the instruction has written anything. No `Error`: guests
 * may raise one every few instructions, and a stack trace of each would cost more than all the rest.
 */
export class GuestException {
  readonly vector: number;
  readonly message: string;
  readonly errorCode: number | null;
  /** CR2, for a page fault. */
  readonly address: bigint | null;
  /** A non-canonical address: #SS instead of #GP where the stack segment was used, which only the instruction tells. */
  readonly isNonCanonical: boolean;

  constructor(
    vector: number,
    reason: string,
    detail: { errorCode?: number; address?: bigint; isNonCanonical?: boolean } = {},
  ) {
    this.vector = vector;
    this.message = reason;
    this.errorCode = detail.errorCode ?? null;
    this.address = detail.address ?? null;
    this.isNonCanonical = detail.isNonCanonical ?? false;
  }
}
export function generalProtection(reason: string, errorCode = 0): GuestException {
  return new GuestException(Vector.GP, reason, { errorCode });
}
export function invalidOpcode(reason: string): GuestException {
  return new GuestException(Vector.UD, reason);
}

/** The processor waits for an interrupt before an instruction. Thrown before that has written anything; it is begun again. */
export class Frozen extends Error {}

/** Something the emulator does not implement. Thrown before the instruction has written anything. */
export class Unsupported extends Error {}
