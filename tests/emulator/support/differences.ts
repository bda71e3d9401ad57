/** Where QEMU 7.2 (TCG) departs from the manuals, and the machine follows these. */

/** A line of a guest's output, or several alike: as the manual has it, and as QEMU (or Bochs) prints it. */
export interface Difference {
  manual: string | RegExp;
  qemu: string | ((manual: string) => string);
  /** The manual's words or place. */
  because: string;
}

const RF = 0x10000;

/**
 * QEMU pushes RF as it is; the manual says that every fault pushes it set (Intel SDM volume 3, section 17.3.1.1), so that
 * this one difference is on nearly every line.
 */
function withoutResumeFlag(line: string): string {
  return line.replace(/(?<= flags[= ])[0-9a-f]+/, (flags) => (Number.parseInt(flags, 16) & ~RF).toString(16));
}

/** What QEMU prints where the manual asks for `line`. */
export function asQemuPrints(line: string, differences: readonly Difference[]): string {
  const difference = differences.find(({ manual }) => isAbout(manual, line));
  const plain = withoutResumeFlag(line);
  if (!difference) return plain;
  return typeof difference.qemu === 'string' ? difference.qemu : difference.qemu(plain);
}
/** What Bochs prints where the manual asks for `line`. */
export function asBochsPrints(line: string, differences: readonly Difference[]): string {
  const difference = differences.find(({ manual }) => isAbout(manual, line));
  if (!difference) return line;
  return typeof difference.qemu === 'string' ? difference.qemu : difference.qemu(line);
}
/** Those that no line bears out any more. */
export function unused(
  lines: readonly string[],
  differences: readonly Difference[],
  asPrinted: typeof asQemuPrints = asQemuPrints,
): Difference[] {
  return differences.filter(
    ({ manual }) =>
      !lines.some((line) => isAbout(manual, line) && asPrinted(line, differences) !== asPrinted(line, [])),
  );
}
function isAbout(manual: string | RegExp, line: string): boolean {
  return typeof manual === 'string' ? manual === line : manual.test(line);
}

/** The error code of a fault in an IDT entry in long mode, where QEMU shifts the vector one bit too far. */
export function idtErrorCode(manual: RegExp): Difference {
  return {
    manual,
    qemu: (line) =>
      line.replace(/(?<=error=)[0-9a-f]+/, (code) => (((Number.parseInt(code, 16) >> 3) << 4) | 2).toString(16)),
    because: 'Intel SDM volume 3, section 6.13: the vector stands in bits 3 and up of an error code with the IDT bit',
  };
}
