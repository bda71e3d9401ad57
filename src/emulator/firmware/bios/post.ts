/** The power-on self-test: interrupt vectors, data areas, chips, and the one line that says who is there. */
import { Bda, Ebda, EXTENDED } from './data-area.ts';
import { floppyEquipment } from './drives.ts';
import type { KeyboardService } from './keyboard.ts';
import type { Pc } from './services.ts';
import type { TimeService } from './time.ts';
import type { VideoService } from './video.ts';

/** Where POST finds the ROM's entry points. */
export interface Vectors {
  /** Offset of the handler in segment F000h, for vectors that have one. */
  handlers: ReadonlyMap<number, number>;
  /** An IRET. */
  nothing: number;
  /** Handlers of interrupt requests that nobody waits for: of the first and the second controller. */
  unexpected: readonly [number, number];
}

const ROM_SEGMENT = 0xf000;
const COM1 = 0x3f8;
const [PIC1, PIC2] = [0x20, 0xa0];
const [PIT_COUNTER_0, PIT_CONTROL] = [0x40, 0x43];
const [KEYBOARD_DATA, KEYBOARD_STATUS] = [0x60, 0x64];
const CONTROL_PORT_A = 0x92;

export function powerOnSelfTest(
  pc: Pc,
  vectors: Vectors,
  services: { video: VideoService; keyboard: KeyboardService; time: TimeService },
): void {
  const { data } = pc;
  data.memory.write(0, new Uint8Array(0x500));
  data.memory.write(EXTENDED, new Uint8Array(0x400));
  setVectors(pc, vectors);
  setDataArea(pc);
  initialiseControllers(pc);
  services.video.setTextMode();
  services.keyboard.initialise();
  services.time.initialise();
  const mebibytes = Math.floor(data.memory.size / 0x100000);
  services.video.print(
    `toyvm BIOS  ${mebibytes} MB OK${pc.drives.map(({ kind, medium, number }) => describe(kind, medium.sectors, number)).join('')}\r\n\r\n`,
  );
}

function describe(kind: string, sectors: number, number: number): string {
  const name = kind === 'cdrom' ? 'CD-ROM' : kind;
  const size = kind === 'floppy' ? `${sectors / 2} KB` : `${Math.round(sectors / 2048)} MB`;
  return `, ${name} ${number.toString(16).toUpperCase()}h ${size}`;
}

/** Vectors 08h-0Fh and 70h-77h are the interrupt requests; 60h-67h are the programs' own and stay zero. */
function setVectors({ data }: Pc, { handlers, nothing, unexpected }: Vectors): void {
  for (let vector = 0; vector < 0x78; vector++) {
    if (vector >= 0x60 && vector < 0x68) continue;
    const fallback = vector >= 0x08 && vector < 0x10 ? unexpected[0] : vector >= 0x70 ? unexpected[1] : nothing;
    data.setWord(vector * 4, handlers.get(vector) ?? fallback);
    data.setWord(vector * 4 + 2, ROM_SEGMENT);
  }
}

function setDataArea({ data, drives, ports }: Pc): void {
  // A port without a chip reads as ones.
  const hasSerial = ports.read(COM1 + 2, 1) !== 0xff;
  data.setWord(Bda.COM_PORTS, hasSerial ? COM1 : 0);
  data.setWord(Bda.EXTENDED_SEGMENT, EXTENDED >> 4);
  // Floppy drives, no coprocessor yet told, 80 x 25 in colour, serial ports.
  data.setWord(Bda.EQUIPMENT, floppyEquipment(drives) | 0x0020 | (hasSerial ? 0x0200 : 0));
  data.setWord(Bda.MEMORY_KILOBYTES, EXTENDED / 1024);
  data.setByte(Bda.DISK_COUNT, drives.filter(({ kind }) => kind === 'disk').length);
  data.setByte(Bda.COM_TIMEOUTS, 1);
  data.setByte(EXTENDED + Ebda.KILOBYTES, 1);
}

/** Both 8259As as IBM's PC/AT has them, the 8254's counter 0 at 18.2 Hz, the keyboard, the A20 gate. */
function initialiseControllers({ ports }: Pc): void {
  const out = (port: number, ...values: number[]) => {
    for (const value of values) ports.write(port, value, 1);
  };
  out(PIC1, 0x11);
  out(PIC1 + 1, 0x08, 0x04, 0x01);
  out(PIC2, 0x11);
  out(PIC2 + 1, 0x70, 0x02, 0x01);
  // Timer, keyboard, second controller; clock and disk.
  out(PIC1 + 1, 0xb8);
  out(PIC2 + 1, 0x8e);
  out(PIT_CONTROL, 0x34);
  out(PIT_COUNTER_0, 0, 0);
  // Command byte: translation, system flag, interrupt of the keyboard.
  out(KEYBOARD_STATUS, 0xae, 0x60);
  out(KEYBOARD_DATA, 0x61);
  // Open, as firmware leaves it: the reset vector lies above it.
  out(CONTROL_PORT_A, 0x02);
}
