/** INT 10h AH=10h: palette registers, border, blinking, and the DAC. */
import * as mode3 from '../../devices/vga-mode3.ts';
import type { Call } from './call.ts';
import { hex, type Pc, Unimplemented } from './services.ts';

/** Attribute controller: index and data, its data to read, and the status that makes the next write an index. */
const [ATTRIBUTE, ATTRIBUTE_READ, STATUS_1] = [0x3c0, 0x3c1, 0x3da];
const [DAC_MASK, DAC_READ, DAC_WRITE, DAC_DATA] = [0x3c6, 0x3c7, 0x3c8, 0x3c9];
/** Registers of the attribute controller behind the 16 of the palette. */
const [MODE_CONTROL, BORDER] = [0x10, 0x11];
const BLINK = 0x08;
/** Keeps the screen on. */
const SHOW = 0x20;

export class Palette {
  readonly #pc: Pc;
  readonly #unimplemented: Unimplemented;

  constructor(pc: Pc) {
    this.#pc = pc;
    this.#unimplemented = new Unimplemented(pc.log);
  }

  programMode3(): void {
    for (const [index, value] of mode3.ATTRIBUTE.values.entries()) this.#write(index, value);
    this.#pc.ports.write(DAC_MASK, 0xff, 1);
    this.#writeDac(0, mode3.palette());
  }

  start(call: Call): void {
    const action = this.#functions.get(call.al);
    if (action) action(call);
    else this.#unimplemented.say(`INT 10h AX=10${hex(call.al)}`);
  }

  readonly #functions = new Map<number, (call: Call) => void>([
    [0x00, (call) => this.#write(call.bl, call.bh)],
    [0x01, (call) => this.#write(BORDER, call.bh)],
    [
      0x03,
      (call) => {
        const mode = this.#read(MODE_CONTROL);
        this.#write(MODE_CONTROL, call.bl ? mode | BLINK : mode & ~BLINK);
      },
    ],
    [
      0x07,
      (call) => {
        call.bh = this.#read(call.bl);
      },
    ],
    [
      0x08,
      (call) => {
        call.bh = this.#read(BORDER);
      },
    ],
    [0x10, (call) => this.#writeDac(call.bx, [call.dh, call.ch, call.cl])],
    [0x12, (call) => this.#writeDac(call.bx, call.memory.read(call.address('es', call.dx), 3 * call.cx))],
    [
      0x15,
      (call) => {
        const [red, green, blue] = this.#readDac(call.bl, 1);
        call.dx = (red! << 8) | call.dl;
        call.cx = (green! << 8) | blue!;
      },
    ],
    [0x17, (call) => call.memory.write(call.address('es', call.dx), this.#readDac(call.bx, call.cx))],
  ]);

  #write(index: number, value: number): void {
    const { ports } = this.#pc;
    ports.read(STATUS_1, 1);
    ports.write(ATTRIBUTE, (index & 0x1f) | SHOW, 1);
    ports.write(ATTRIBUTE, value, 1);
  }
  #read(index: number): number {
    const { ports } = this.#pc;
    ports.read(STATUS_1, 1);
    ports.write(ATTRIBUTE, (index & 0x1f) | SHOW, 1);
    const value = ports.read(ATTRIBUTE_READ, 1);
    ports.read(STATUS_1, 1);
    return value;
  }
  #writeDac(first: number, components: Iterable<number>): void {
    this.#pc.ports.write(DAC_WRITE, first & 0xff, 1);
    for (const component of components) this.#pc.ports.write(DAC_DATA, component, 1);
  }
  #readDac(first: number, count: number): Uint8Array {
    this.#pc.ports.write(DAC_READ, first & 0xff, 1);
    return Uint8Array.from({ length: 3 * count }, () => this.#pc.ports.read(DAC_DATA, 1));
  }
}
