/**
 * The PC's coprocessor error logic: the processor's FERR# asks for IRQ 13, and a write to port 0xf0 answers it and asserts IGNNE#.
 * Intel 82371AB PIIX4 data sheet, "Coprocessor error register"; Intel SDM volume 1, section D.2.1.2, figure D-1.
 */
import type { NumericErrorLogic } from '../cpu/numeric-errors.ts';
import type { Bus, Device, PortHandler } from './device.ts';

const COPROCESSOR_ERROR = 0xf0;
/** The register can only be written. */
const FLOATING = 0xff;

export class CoprocessorError implements Device, PortHandler, NumericErrorLogic {
  readonly name = 'coprocessor error logic';
  readonly #interrupt: (level: boolean) => void;
  #ferr = false;
  #ignne = false;

  /** @param interrupt the wire of IRQ 13 */
  constructor(interrupt: (level: boolean) => void) {
    this.#interrupt = interrupt;
  }

  plugIn(bus: Bus): void {
    bus.claimPorts(COPROCESSOR_ERROR, 1, this.name, this);
  }
  /** FERR# is the processor's. */
  reset(): void {
    this.#ignne = false;
    this.#interrupt(false);
  }

  get ignne(): boolean {
    return this.#ignne;
  }
  /** Its edge is latched: the request stays until port 0xf0 is written, even if FERR# goes before. */
  setFerr(asserted: boolean): void {
    this.#ferr = asserted;
    if (asserted) this.#interrupt(true);
    else this.#ignne = false;
  }

  read(): number {
    return FLOATING;
  }
  /** Whatever is written. IGNNE# is never asserted without FERR#. */
  write(): void {
    this.#interrupt(false);
    this.#ignne = this.#ferr;
  }
}
