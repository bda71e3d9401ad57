/** How the ROM and the services in TypeScript meet, and what a service may use. */
import type { PortSpace } from '../../cpu/processor.ts';
import type { Call } from './call.ts';
import type { DataArea } from './data-area.ts';
import type { BiosDrive } from './drives.ts';

/**
 * What the ROM does next: return to the caller, or ask again later, after some hundred instructions (`spin`) or after the
 * next interrupt (`halt`). Virtual time passes, and interrupts are on, in either case.
 */
export type Outcome = 'done' | 'spin' | 'halt';

export type Handler = (call: Call) => Outcome;

/** The machine as the BIOS sees it: its memory, its ports, its clock and its drives. */
export interface Pc {
  readonly data: DataArea;
  readonly ports: PortSpace;
  /** Instruction times since power-on. */
  readonly now: () => number;
  readonly drives: readonly BiosDrive[];
  /** Devices in the order in which INT 19h tries them. */
  readonly bootOrder: readonly BootDevice[];
  /** A line for whoever wants to know what was asked of the BIOS that it does not have. */
  readonly log: (line: string) => void;
}

/** As QEMU names them: first floppy, first hard disk, CD-ROM. */
export type BootDevice = 'a' | 'c' | 'd';

/** CF of the caller tells success; AH the reason of a failure. */
export function fail(call: Call, status: number): Outcome {
  call.ah = status;
  call.carry = true;
  return 'done';
}
export function succeed(call: Call): Outcome {
  call.carry = false;
  return 'done';
}

/** Says once what is not there. */
export class Unimplemented {
  readonly #log: (line: string) => void;
  readonly #said = new Set<string>();

  constructor(log: (line: string) => void) {
    this.#log = log;
  }
  say(what: string): void {
    if (this.#said.has(what)) return;
    this.#said.add(what);
    this.#log(`BIOS: ${what} is not implemented`);
  }
}

export function hex(value: number, digits = 2): string {
  return `${value.toString(16).toUpperCase().padStart(digits, '0')}h`;
}
