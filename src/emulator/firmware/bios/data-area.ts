/**
 * The BIOS data area at segment 0x40 and the extended one at the end of conventional memory. Layout: IBM PS/2 and PC BIOS
 * Interface Technical Reference, "BIOS data areas"; the extended area is the BIOS's own from its offset 1 on.
 */
import type { PhysicalMemory } from '../../mmu/physical-memory.ts';
import { CONVENTIONAL_END } from '../memory-map.ts';

/** Physical address of the extended BIOS data area: 1 KiB. */
export const EXTENDED = CONVENTIONAL_END;

/** Physical addresses. */
export const Bda = {
  COM_PORTS: 0x400,
  LPT_PORTS: 0x408,
  EXTENDED_SEGMENT: 0x40e,
  EQUIPMENT: 0x410,
  MEMORY_KILOBYTES: 0x413,
  KEYBOARD_FLAGS: 0x417,
  KEYBOARD_FLAGS_2: 0x418,
  ALT_KEYPAD: 0x419,
  KEYBOARD_HEAD: 0x41a,
  KEYBOARD_TAIL: 0x41c,
  KEYBOARD_BUFFER: 0x41e,
  FLOPPY_STATUS: 0x441,
  VIDEO_MODE: 0x449,
  COLUMNS: 0x44a,
  PAGE_SIZE: 0x44c,
  PAGE_OFFSET: 0x44e,
  CURSOR: 0x450,
  CURSOR_SHAPE: 0x460,
  ACTIVE_PAGE: 0x462,
  CRTC_PORT: 0x463,
  TICKS: 0x46c,
  TICK_ROLLOVER: 0x470,
  BREAK_FLAG: 0x471,
  RESET_FLAG: 0x472,
  DISK_STATUS: 0x474,
  DISK_COUNT: 0x475,
  COM_TIMEOUTS: 0x47c,
  KEYBOARD_START: 0x480,
  KEYBOARD_END: 0x482,
  LAST_ROW: 0x484,
  CHARACTER_HEIGHT: 0x485,
  VIDEO_CONTROL: 0x487,
  VIDEO_SWITCHES: 0x488,
  VIDEO_FLAGS: 0x489,
  DISK_INTERRUPT: 0x48e,
  KEYBOARD_FLAGS_3: 0x496,
  KEYBOARD_LEDS: 0x497,
  DISPLAY_COMBINATION: 0x48a,
} as const;

/** Offsets in the extended area. */
export const Ebda = {
  KILOBYTES: 0x000,
  /** What INT 19h is at: the number of the device that it tries, and how far it has come. */
  BOOT_DEVICE: 0x010,
  BOOT_STAGE: 0x011,
  /** The El Torito catalogue's entry that was booted, as INT 13h/4Bh tells of it: 19 bytes. */
  EL_TORITO: 0x020,
  /** Whether the image that was booted stands in for the first floppy. */
  EMULATION: 0x033,
  /** A disk address packet of the BIOS's own: 16 bytes. */
  ADDRESS_PACKET: 0x040,
  /** When a wait is over, in instruction times (64-bit floating point): of INT 13h, of INT 15h/86h. */
  DISK_DEADLINE: 0x060,
  WAIT_DEADLINE: 0x068,
  /** A program has connected to the APM interface. */
  APM_CONNECTED: 0x012,
  /** The VBE mode that is set: 0xffff for none. */
  VBE_MODE: 0x070,
  /** Firmware ACPI control structure: 64 bytes, at a multiple of 64. */
  FACS: 0x300,
} as const;

/** Reads and writes of BIOS variables; engines are told of each write. */
export class DataArea {
  readonly memory: PhysicalMemory;

  constructor(memory: PhysicalMemory) {
    this.memory = memory;
  }
  byte(address: number): number {
    return this.memory.view.getUint8(address);
  }
  word(address: number): number {
    return this.memory.view.getUint16(address, true);
  }
  dword(address: number): number {
    return this.memory.view.getUint32(address, true);
  }
  double(address: number): number {
    return this.memory.view.getFloat64(address, true);
  }
  setByte(address: number, value: number): void {
    this.memory.write(address, Uint8Array.of(value & 0xff));
  }
  setWord(address: number, value: number): void {
    this.memory.write(address, Uint8Array.of(value & 0xff, (value >> 8) & 0xff));
  }
  setDword(address: number, value: number): void {
    this.memory.write(address, new Uint8Array(Uint32Array.of(value).buffer));
  }
  setDouble(address: number, value: number): void {
    this.memory.write(address, new Uint8Array(Float64Array.of(value).buffer));
  }
}
