/**
 * The VGA in its 80 x 25 colour text mode: a screen read from video memory at 0xb8000, and the registers around it.
 * IBM PS/2 Hardware Interface Technical Reference, "Video Subsystem" (May 1992), cited below by its register names.
 *
 * Registers keep what is written to them. Those that move the window or the cursor act; a value that would leave the
 * 80 x 25 text mode is named in the log, and the screen stays as it was.
 */
import type { PhysicalMemory } from '../mmu/physical-memory.ts';
import { INSTRUCTIONS_PER_SECOND } from './clock.ts';
import { CODE_PAGE_437 } from './code-page-437.ts';
import type { Bus, Clock, Device, Log, PortHandler } from './device.ts';
import type { RegisterGroup } from './vga-mode3.ts';
import * as mode3 from './vga-mode3.ts';

/** Video memory of the colour text modes: guest-physical address and length in bytes. */
export const VIDEO_MEMORY = 0xb8000;
export const VIDEO_MEMORY_SIZE = 0x8000;
export const COLUMNS = 80;
export const ROWS = 25;

export interface TextScreen {
  columns: number;
  rows: number;
  /** Row by row, two bytes a cell: code page 437 character, attribute (bits 0-3 foreground, 4-6 background, 7 blink). */
  cells: Uint8Array;
  /** Every row as Unicode text, trailing blanks removed. */
  lines: string[];
  /** `null` while the cursor is switched off or outside the window. */
  cursor: { column: number; row: number } | null;
  /** The lines of its character cell that the cursor covers, 0 to 15 from above, last included. */
  cursorLines: { first: number; last: number };
  /** Whether bit 7 of an attribute makes its character blink; without, it makes its background bright. */
  blinks: boolean;
  /** The sixteen colours of attributes, as 0xrrggbb. */
  colours: number[];
}

/** A register group as it stands. */
interface IndexedGroup {
  group: RegisterGroup;
  index: number;
  registers: Uint8Array;
}

/** 449 lines 70.086 times a second, of which 400 are shown: the timing that mode 3 programs. */
const LINES_PER_FRAME = 449;
const LINES_SHOWN = 400;
const RETRACE_FIRST = 412;
const RETRACE_LAST = 413;
const INSTRUCTIONS_PER_LINE = INSTRUCTIONS_PER_SECOND / (70.086 * LINES_PER_FRAME);
/** Of the 900 dots of a line 720 are shown. */
const SHOWN_PART_OF_LINE = 0.8;

export class VgaText implements Device, PortHandler {
  readonly name = 'VGA';
  readonly #memory: PhysicalMemory;
  readonly #log: Log;
  #clock: Clock | null = null;

  #crtc = powerOn(mode3.CRTC);
  #sequencer = powerOn(mode3.SEQUENCER);
  #graphics = powerOn(mode3.GRAPHICS);
  #attribute = powerOn(mode3.ATTRIBUTE);
  /** 0x3c0 takes an index and a value in turn; reading 0x3da makes the next write an index. */
  #attributeExpectsData = false;
  #miscellaneous = mode3.MISCELLANEOUS_OUTPUT;
  #featureControl = 0;
  #enabled = 1;
  #dac = mode3.palette();
  #dacMask = 0xff;
  /** Entry and component (0 red, 1 green, 2 blue) that 0x3c9 comes to next. */
  #dacIndex = 0;
  #dacComponent = 0;
  #dacReading = false;
  #reported = new Set<string>();

  /** What `changed` compared with last: the window's cells, then start address and cursor. */
  #seen: Uint32Array | null = null;
  #seenRegisters = '';
  /** Counts the writes that may change colours. */
  #colourWrites = 0;

  constructor(memory: PhysicalMemory, log: Log = () => {}) {
    this.#memory = memory;
    this.#log = log;
  }

  plugIn(bus: Bus, clock: Clock): void {
    this.#clock = clock;
    bus.claimPorts(0x3c0, 0x10, this.name, this);
    bus.claimPorts(0x3d4, 2, this.name, this);
    bus.claimPorts(0x3da, 1, this.name, this);
  }

  /** To mode 3 with an empty screen, as a PC's video BIOS leaves it. */
  reset(): void {
    this.#crtc = powerOn(mode3.CRTC);
    this.#sequencer = powerOn(mode3.SEQUENCER);
    this.#graphics = powerOn(mode3.GRAPHICS);
    this.#attribute = powerOn(mode3.ATTRIBUTE);
    this.#attributeExpectsData = false;
    this.#miscellaneous = mode3.MISCELLANEOUS_OUTPUT;
    this.#featureControl = 0;
    this.#enabled = 1;
    this.#dac = mode3.palette();
    this.#dacMask = 0xff;
    this.#dacIndex = 0;
    this.#dacComponent = 0;
    this.#dacReading = false;
    this.#reported.clear();
    this.#seen = null;
    const blank = new Uint8Array(VIDEO_MEMORY_SIZE);
    for (let i = 0; i < blank.length; i += 2) {
      blank[i] = 0x20;
      blank[i + 1] = 0x07;
    }
    this.#memory.write(VIDEO_MEMORY, blank);
  }

  /** The window of video memory that the screen shows now. */
  screen(): TextScreen {
    const cells = new Uint8Array(COLUMNS * ROWS * 2);
    const { bytes } = this.#memory;
    const start = this.#register16(mode3.START_ADDRESS) * 2;
    // The window wraps around in the 32 KiB of video memory.
    for (let i = 0; i < cells.length; i++) cells[i] = bytes[VIDEO_MEMORY + ((start + i) % VIDEO_MEMORY_SIZE)]!;
    const lines = Array.from({ length: ROWS }, (_, row) => {
      let line = '';
      for (let column = 0; column < COLUMNS; column++) line += CODE_PAGE_437[cells[(row * COLUMNS + column) * 2]!];
      return line.replace(/ +$/, '');
    });
    const crtc = this.#crtc.registers;
    return {
      columns: COLUMNS,
      rows: ROWS,
      cells,
      lines,
      cursor: this.#cursor(),
      cursorLines: { first: crtc[mode3.CURSOR_START]! & 0x1f, last: crtc[mode3.CURSOR_END]! & 0x1f },
      blinks: (this.#attribute.registers[mode3.ATTRIBUTE_MODE]! & mode3.BLINK) !== 0,
      colours: Array.from({ length: 16 }, (_, i) => this.#colour(i)),
    };
  }

  /** Whether the screen differs from what it was when this was last asked (or from nothing, the first time). */
  changed(): boolean {
    const { bytes } = this.#memory;
    const words = VIDEO_MEMORY_SIZE / 4;
    const now = new Uint32Array(bytes.buffer, bytes.byteOffset + VIDEO_MEMORY, words);
    const r = this.#crtc.registers;
    const registers = [...[0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f].map((i) => r[i]), this.#colourWrites].join();
    let same = this.#seen !== null && registers === this.#seenRegisters;
    // Ascending from the window's first word: a screen that changes usually does so in its first rows.
    const first = this.#register16(mode3.START_ADDRESS) >> 1;
    const shown = (COLUMNS * ROWS) / 2 + 1;
    for (let i = 0; same && i < shown; i++) same = now[(first + i) % words] === this.#seen![(first + i) % words];
    if (same) return false;
    this.#seen = now.slice();
    this.#seenRegisters = registers;
    return true;
  }

  read(port: number): number {
    if (this.#absent(port)) return 0xff;
    switch (port) {
      case 0x3c0:
        return this.#attribute.index;
      case 0x3c1:
        return this.#readGroup(this.#attribute);
      case 0x3c2:
        return this.#unimplementedRead('input status register 0');
      case 0x3c3:
        return this.#enabled;
      case 0x3c4:
        return this.#sequencer.index;
      case 0x3c5:
        return this.#readGroup(this.#sequencer);
      case 0x3c6:
        return this.#dacMask;
      case 0x3c7:
        return this.#dacReading ? 3 : 0;
      case 0x3c8:
        return this.#dacIndex;
      case 0x3c9:
        return this.#dacData(null);
      case 0x3ca:
        return this.#featureControl;
      case 0x3cc:
        return this.#miscellaneous;
      case 0x3ce:
        return this.#graphics.index;
      case 0x3cf:
        return this.#readGroup(this.#graphics);
      case 0x3d4:
        return this.#crtc.index;
      case 0x3d5:
        return this.#readGroup(this.#crtc);
      case 0x3da:
        this.#attributeExpectsData = false;
        return this.#inputStatus1();
      default:
        return this.#unimplementedRead(`port ${hex(port)}`);
    }
  }

  write(port: number, value: number): void {
    if (this.#absent(port)) return;
    switch (port) {
      case 0x3c0:
        this.#colourWrites++;
        if (this.#attributeExpectsData) this.#writeGroup(this.#attribute, value);
        else this.#attribute.index = value & 0x3f;
        this.#attributeExpectsData = !this.#attributeExpectsData;
        break;
      case 0x3c2:
        this.#miscellaneous = value & mode3.MISCELLANEOUS_OUTPUT_BITS;
        if (!(value & 1))
          this.#report('miscellaneous output bit 0 = 0 moves 0x3d4-0x3da to 0x3b4-0x3ba: not implemented');
        break;
      case 0x3c3:
        this.#enabled = value & 1;
        break;
      case 0x3c4:
        this.#sequencer.index = value & mode3.SEQUENCER.indexMask;
        break;
      case 0x3c5:
        this.#writeGroup(this.#sequencer, value);
        break;
      case 0x3c6:
        this.#colourWrites++;
        this.#dacMask = value;
        break;
      case 0x3c7:
      case 0x3c8:
        this.#dacIndex = value;
        this.#dacComponent = 0;
        this.#dacReading = port === 0x3c7;
        break;
      case 0x3c9:
        this.#colourWrites++;
        this.#dacData(value & 0x3f);
        break;
      case 0x3ce:
        this.#graphics.index = value & mode3.GRAPHICS.indexMask;
        break;
      case 0x3cf:
        this.#writeGroup(this.#graphics, value);
        break;
      case 0x3d4:
        this.#crtc.index = value;
        break;
      case 0x3d5:
        this.#writeCrtc(value);
        break;
      case 0x3da:
        this.#featureControl = value & 3;
        break;
      default:
        this.#report(`write of ${hex(value)} to port ${hex(port)}: not implemented`);
    }
  }

  /** With bit 0 of the miscellaneous output register clear, the colour ports do not answer. */
  #absent(port: number): boolean {
    return port >= 0x3d4 && !(this.#miscellaneous & 1);
  }

  #register16(high: number): number {
    return (this.#crtc.registers[high]! << 8) | this.#crtc.registers[high + 1]!;
  }

  /** Bit 5 of the cursor start register switches it off; one that starts below its end line shows nothing either. */
  #cursor(): TextScreen['cursor'] {
    const start = this.#crtc.registers[mode3.CURSOR_START]!;
    if (start & 0x20 || (start & 0x1f) > (this.#crtc.registers[mode3.CURSOR_END]! & 0x1f)) return null;
    const cells = VIDEO_MEMORY_SIZE / 2;
    const offset =
      (this.#register16(mode3.CURSOR_LOCATION) - this.#register16(mode3.START_ADDRESS) + 4 * cells) % cells;
    if (offset >= COLUMNS * ROWS) return null;
    return { column: offset % COLUMNS, row: Math.floor(offset / COLUMNS) };
  }

  /** A colour of attributes: through the palette registers, the colour select register and the palette in the DAC. */
  #colour(index: number): number {
    const { registers } = this.#attribute;
    const select = registers[mode3.COLOUR_SELECT]!;
    const entry = registers[index]!;
    const low =
      registers[mode3.ATTRIBUTE_MODE]! & mode3.SELECTS_BITS_4_AND_5 ? (entry & 0x0f) | ((select & 3) << 4) : entry;
    const at = ((low | ((select & 0x0c) << 4)) & this.#dacMask) * 3;
    const level = (component: number) => (this.#dac[at + component]! << 2) | (this.#dac[at + component]! >> 4);
    return (level(0) << 16) | (level(1) << 8) | level(2);
  }

  #readGroup(of: IndexedGroup): number {
    const index = of.index & of.group.indexMask;
    return of.registers[index] ?? this.#unimplementedRead(`${of.group.name} register ${hex(index)}`);
  }

  #writeGroup(to: IndexedGroup, value: number): void {
    const index = to.index & to.group.indexMask;
    if (index >= to.registers.length) {
      this.#report(`write of ${hex(value)} to ${to.group.name} register ${hex(index)}: not implemented`);
      return;
    }
    to.registers[index] = value & (to.group.bits?.[index] ?? 0xff);
    this.#checkMode(to, index, value);
  }

  /** Registers 0-7 are write-protected by bit 7 of the vertical retrace end register, but for bit 4 of the overflow register. */
  #writeCrtc(value: number): void {
    const { index, registers } = this.#crtc;
    const isProtected = (registers[mode3.VERTICAL_RETRACE_END]! & 0x80) !== 0;
    if (isProtected && index === 7) this.#writeGroup(this.#crtc, (registers[7]! & ~0x10) | (value & 0x10));
    else if (!isProtected || index > 7) this.#writeGroup(this.#crtc, value);
  }

  /** Names a value that would change the geometry, the addresses or the kind of the mode. */
  #checkMode({ group }: IndexedGroup, index: number, value: number): void {
    if (((value ^ group.values[index]!) & (group.shape[index] ?? 0)) === 0) return;
    this.#report(`${group.name} register ${hex(index)} = ${hex(value)} leaves the 80 x 25 text mode: not implemented`);
  }

  /** Input status register 1: bit 3 in vertical retrace, bit 0 while nothing is shown. It follows virtual time. */
  #inputStatus1(): number {
    const lines = (this.#clock?.now ?? 0) / INSTRUCTIONS_PER_LINE;
    const line = Math.floor(lines) % LINES_PER_FRAME;
    const blank = line >= LINES_SHOWN || lines % 1 >= SHOWN_PART_OF_LINE;
    return (line >= RETRACE_FIRST && line <= RETRACE_LAST ? 0x08 : 0) | (blank ? 0x01 : 0);
  }

  /** One component of a palette entry, 6 bits; after blue comes the next entry. */
  #dacData(value: number | null): number {
    const at = this.#dacIndex * 3 + this.#dacComponent;
    if (value !== null) this.#dac[at] = value;
    if (++this.#dacComponent === 3) {
      this.#dacComponent = 0;
      this.#dacIndex = (this.#dacIndex + 1) & 0xff;
    }
    return this.#dac[at]!;
  }

  #unimplementedRead(what: string): number {
    this.#report(`read of ${what}: not implemented`);
    return 0;
  }
  #report(what: string): void {
    if (this.#reported.has(what)) return;
    this.#reported.add(what);
    this.#log(`${this.name}: ${what}`);
  }
}

function powerOn(group: RegisterGroup): IndexedGroup {
  return { group, index: group.index, registers: Uint8Array.from(group.values) };
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
