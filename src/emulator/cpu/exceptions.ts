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
