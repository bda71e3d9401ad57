/**
 * One 8259A interrupt controller. Intel, "8259A Programmable Interrupt Controller" (order number 231468-003); its terms are used
 * here: IRR requests, ISR in service, IMR masked; ICW and OCW are the initialisation and operation command words.
 *
 * As in the south bridge of a PC (Intel 82371AB PIIX4 data sheet, section 8.5), a register beside it (ELCR) makes single inputs
 * level-triggered, in place of bit LTIM of ICW1. An edge that was seen stays requested until it is acknowledged, as in QEMU and
 * KVM; the data sheet wants the input to stay high until then.
 */
import type { Log } from './device.ts';

/** ICW1: bit 4 tells it from OCW2 and OCW3. */
const ICW1 = 0x10;
const ICW1_NEEDS_ICW4 = 0x01;
const ICW1_SINGLE = 0x02;
/** OCW3: bit 3 tells it from OCW2. */
const OCW3 = 0x08;
const OCW3_POLL = 0x04;
const OCW3_READ_REGISTER = 0x02;
const OCW3_SPECIAL_MASK = 0x40;
const ICW4_8086 = 0x01;
const ICW4_AUTO_EOI = 0x02;
const ICW4_SPECIAL_FULLY_NESTED = 0x10;
/** Bits 7-5 of OCW2: R, SL, EOI. */
const OCW2 = {
  CLEAR_ROTATE_IN_AUTO_EOI: 0,
  EOI: 1,
  SPECIFIC_EOI: 3,
  SET_ROTATE_IN_AUTO_EOI: 4,
  ROTATE_ON_EOI: 5,
  SET_PRIORITY: 6,
  ROTATE_ON_SPECIFIC_EOI: 7,
} as const;
/** A poll answers with this bit if there was a request. */
const POLLED = 0x80;
/** What an acknowledge cycle finds when the request has gone. */
export const SPURIOUS = 7;

export class Pic8259 {
  /** Vector of input 0. */
  base = 0;
  masked = 0;
  readonly #name: string;
  /** Inputs with a slave behind them, one bit each. */
  readonly #slaves: number;
  readonly #log: Log;
  #levels = 0;
  #requests = 0;
  #inService = 0;
  #levelTriggered = 0;
  /** The input of lowest priority; the one after it has the highest. */
  #lowest = 7;
  #specialMask = false;
  #specialFullyNested = false;
  #autoEoi = false;
  #rotatesInAutoEoi = false;
  #readsInService = false;
  #polled = false;
  /** The ICW that is written next, 2-4; 0 while initialised. */
  #expected: 0 | 2 | 3 | 4 = 0;
  #icw1 = 0;

  constructor(name: string, slaves: number, log: Log) {
    this.#name = name;
    this.#slaves = slaves;
    this.#log = log;
  }

  /** As a BIOS leaves it: initialised, edge-triggered, without requests. The inputs are as they are. */
  reset(base: number, masked: number): void {
    this.#requests = 0;
    this.#levelTriggered = 0;
    this.#initialise(ICW1_NEEDS_ICW4);
    this.#expected = 0;
    this.base = base;
    this.masked = masked;
  }

  setLine(input: number, level: boolean): void {
    const bit = 1 << input;
    const rises = level && !(this.#levels & bit);
    this.#levels = level ? this.#levels | bit : this.#levels & ~bit;
    if (rises) this.#requests |= bit;
    if (!level && this.#levelTriggered & bit) this.#requests &= ~bit;
  }
  get levelTriggered(): number {
    return this.#levelTriggered;
  }
  set levelTriggered(inputs: number) {
    this.#levelTriggered = inputs;
    this.#requests = (this.#requests & ~inputs) | (this.#levels & inputs);
  }

  /** The request that INT is raised for, or -1. */
  get pending(): number {
    return this.#highest(this.#requests & ~this.masked & this.#servable);
  }
  /** Whether a request at an input would raise INT now. */
  canReach(input: number): boolean {
    return (~this.masked & this.#servable & (1 << input)) !== 0;
  }
  /** An acknowledge cycle for a request that is pending. */
  acknowledge(input: number): void {
    const bit = 1 << input;
    if (!(this.#levelTriggered & bit)) this.#requests &= ~bit;
    if (!this.#autoEoi) this.#inService |= bit;
    else if (this.#rotatesInAutoEoi) this.#lowest = input;
  }

  /** @param address A0: 0 or 1 */
  read(address: number): number {
    if (this.#polled) {
      this.#polled = false;
      const { pending } = this;
      if (pending < 0) return 0;
      this.acknowledge(pending);
      return POLLED | pending;
    }
    if (address === 1) return this.masked;
    return this.#readsInService ? this.#inService : this.#requests;
  }
  write(address: number, value: number): void {
    if (address === 1) this.#writeData(value);
    else if (value & ICW1) this.#initialise(value);
    else if (value & OCW3) this.#writeOcw3(value);
    else this.#writeOcw2(value >> 5, value & 7);
  }

  #initialise(icw1: number): void {
    this.#icw1 = icw1;
    this.#expected = 2;
    this.base = 0;
    this.masked = 0;
    // The edge sense circuit starts anew: an input has to rise again.
    this.#requests &= this.#levelTriggered;
    this.#inService = 0;
    this.#lowest = 7;
    this.#specialMask = false;
    this.#specialFullyNested = false;
    this.#autoEoi = false;
    this.#rotatesInAutoEoi = false;
    this.#readsInService = false;
    this.#polled = false;
    if (icw1 & ICW1_SINGLE) this.#log(`${this.#name}: ICW1 with SNGL = 1: a PC has two controllers`);
  }
  #writeData(value: number): void {
    const needsIcw4 = (this.#icw1 & ICW1_NEEDS_ICW4) !== 0;
    switch (this.#expected) {
      case 0:
        this.masked = value;
        return;
      case 2:
        this.base = value & 0xf8;
        this.#expected = this.#icw1 & ICW1_SINGLE ? (needsIcw4 ? 4 : 0) : 3;
        return;
      case 3:
        // Which inputs have slaves is a matter of wires, not of this word.
        this.#expected = needsIcw4 ? 4 : 0;
        return;
      case 4:
        this.#autoEoi = (value & ICW4_AUTO_EOI) !== 0;
        this.#specialFullyNested = (value & ICW4_SPECIAL_FULLY_NESTED) !== 0;
        this.#expected = 0;
        if (!(value & ICW4_8086)) this.#log(`${this.#name}: ICW4 asks for the interrupts of an 8080: not implemented`);
    }
  }
  #writeOcw3(value: number): void {
    if (value & OCW3_POLL) this.#polled = true;
    if (value & OCW3_READ_REGISTER) this.#readsInService = (value & 1) !== 0;
    if (value & OCW3_SPECIAL_MASK) this.#specialMask = (value & 0x20) !== 0;
  }
  #writeOcw2(command: number, level: number): void {
    switch (command) {
      case OCW2.EOI:
      case OCW2.ROTATE_ON_EOI: {
        // In special mask mode an input that is masked keeps its place.
        const served = this.#highest(this.#specialMask ? this.#inService & ~this.masked : this.#inService);
        if (served < 0) return;
        this.#inService &= ~(1 << served);
        if (command === OCW2.ROTATE_ON_EOI) this.#lowest = served;
        return;
      }
      case OCW2.SPECIFIC_EOI:
      case OCW2.ROTATE_ON_SPECIFIC_EOI:
        this.#inService &= ~(1 << level);
        if (command === OCW2.ROTATE_ON_SPECIFIC_EOI) this.#lowest = level;
        return;
      case OCW2.SET_PRIORITY:
        this.#lowest = level;
        return;
      case OCW2.SET_ROTATE_IN_AUTO_EOI:
        this.#rotatesInAutoEoi = true;
        return;
      case OCW2.CLEAR_ROTATE_IN_AUTO_EOI:
        this.#rotatesInAutoEoi = false;
    }
  }

  /** Inputs that what is in service lets through: those of higher priority. */
  get #servable(): number {
    let blocking = this.#inService;
    // A masked input lets all others through.
    if (this.#specialMask) blocking &= ~this.masked;
    // A slave may ask again: it has an order among its inputs of its own.
    if (this.#specialFullyNested) blocking &= ~this.#slaves;
    let servable = 0;
    for (let i = 1; i <= 8; i++) {
      const bit = 1 << ((this.#lowest + i) & 7);
      if (blocking & bit) break;
      servable |= bit;
    }
    return servable;
  }
  /** The input of highest priority among some, or -1. */
  #highest(inputs: number): number {
    for (let i = 1; inputs && i <= 8; i++) {
      const input = (this.#lowest + i) & 7;
      if (inputs & (1 << input)) return input;
    }
    return -1;
  }
}
