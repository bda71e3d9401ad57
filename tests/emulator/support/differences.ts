/** Where QEMU 7.2 (TCG) departs from the manuals, and the machine follows these. */

/** One line of a guest's output, as the manual has it and as QEMU prints it. */
export interface Difference {
  manual: string;
  qemu: string;
  /** The manual's words or place. */
  because: string;
}

const RF = 0x10000;

/**
 * QEMU pushes RF as it is; the manual says that every fault pushes it set (Intel SDM volume 3, section 17.3.1.1), so that
 * this one difference is on nearly every line.
 */
function withoutResumeFlag(line: string): string {
  return line.replace(/ flags=([0-9a-f]+)/, (_, flags) => ` flags=${(Number.parseInt(flags, 16) & ~RF).toString(16)}`);
}

/** What QEMU prints where the manual asks for `line`. */
export function asQemuPrints(line: string, differences: readonly Difference[]): string {
  return differences.find(({ manual }) => manual === line)?.qemu ?? withoutResumeFlag(line);
}
