/**
 * The 64 KiB of ROM at F000:0000: entry points in machine code, each around a *trap* to its service in TypeScript, and the
 * tables that programs expect at fixed places (IBM PS/2 and PC BIOS Interface Technical Reference, "ROM BIOS vectors").
 *
 * A trap is an OUT to a port that nothing else has: the bus calls the service, which is found by the address of the OUT. CF
 * then tells the code around it to ask again, ZF to sleep until the next interrupt before it does. So a service never waits
 * itself: it is the guest that loops, time passes, and interrupts are served.
 */
import { FONT_8X16_DOTS } from '../../devices/font-8x16.ts';
import { Assembler } from './assembler.ts';
import { DISKETTE_PARAMETERS } from './disk.ts';
import { CONFIGURATION_TABLE } from './system.ts';
import { FONT_8X16 } from './video.ts';

export const ROM_BASE = 0xf0000;
export const ROM_SIZE = 0x10000;
export const TRAP_PORT = 0xb1;
export const ROM_SEGMENT = 0xf000;

const RESET_VECTOR = 0xfff0;
const POST_ENTRY = 0xe05b;
const CODE = 0xe100;
/** Between two looks of a service that spins: iterations of an empty loop. */
const SPIN = 100;
/** Likewise of INT 16h, which looks for a key for ten microseconds. */
const SPIN_FOR_KEY = 1000;
const [PIC1, PIC2, END_OF_INTERRUPT] = [0x20, 0xa0, 0x20];
const KEYBOARD_DATA = 0x60;
const COPROCESSOR_ERROR = 0xf0;
const BOOT_STACK = 0x7c00;

/** Services by the names of their traps; `.again` is asked after a wait. */
export type TrapName =
  | 'post'
  | 'boot.begin'
  | 'boot.next'
  | 'timer'
  | 'key'
  | 'clock'
  | 'disk interrupt'
  | 'unexpected'
  | 'unexpected second'
  | ServiceName
  | `${ServiceName}.again`;
export type ServiceName =
  | 'video'
  | 'equipment'
  | 'memory size'
  | 'disk'
  | 'serial'
  | 'system'
  | 'keyboard'
  | 'printer'
  | 'time';

/** The vector of each service's interrupt. */
const SERVICES: Readonly<Record<ServiceName, number>> = {
  video: 0x10,
  equipment: 0x11,
  'memory size': 0x12,
  disk: 0x13,
  serial: 0x14,
  system: 0x15,
  keyboard: 0x16,
  printer: 0x17,
  time: 0x1a,
};

export interface Rom {
  bytes: Uint8Array;
  /** Traps by the offset of their OUT. */
  traps: ReadonlyMap<number, TrapName>;
  /** Offsets of interrupt handlers by vector. */
  handlers: ReadonlyMap<number, number>;
  nothing: number;
  unexpected: readonly [number, number];
}

export function buildRom(): Rom {
  const bytes = new Uint8Array(ROM_SIZE);
  const rom = new Assembler(bytes);
  const traps = new Map<number, TrapName>();
  const handlers = new Map<number, number>();
  const trap = (name: TrapName) => {
    traps.set(rom.here, name);
    rom.outAl(TRAP_PORT);
  };
  const handler = (vector: number, name: string) => {
    rom.label(name);
    handlers.set(vector, rom.here);
  };
  const endOfInterrupt = (...controllers: number[]) => {
    rom.movAl(END_OF_INTERRUPT);
    for (const controller of controllers) rom.outAl(controller);
  };

  rom.org(POST_ENTRY).cli().cld().movAx(0).movDsAx().movEsAx().movSsAx().movSp(BOOT_STACK);
  trap('post');
  rom.sti().int(0x19).label('stop').hlt().jmp('stop');

  rom.org(CODE).label('nothing').iret();

  for (const [name, vector] of Object.entries(SERVICES) as [ServiceName, number][]) {
    handler(vector, name);
    trap(name);
    rom.label(`${name} wait`).jnc(`${name} done`).jz(`${name} sleep`);
    const spin = name === 'keyboard' ? SPIN_FOR_KEY : SPIN;
    rom.sti().pushCx().movCx(spin).label(`${name} spin`).loop(`${name} spin`).popCx().jmp(`${name} again`);
    rom.label(`${name} sleep`).sti().hlt();
    rom.label(`${name} again`);
    trap(`${name}.again`);
    rom.jmp(`${name} wait`).label(`${name} done`).iret();
  }

  // IRQ 0: the tick count, then the program's own handler of ticks.
  handler(0x08, 'timer');
  rom.pushAx();
  trap('timer');
  rom.int(0x1c);
  endOfInterrupt(PIC1);
  rom.popAx().iret();

  // IRQ 1: the scan code passes INT 15h/4Fh, which may change it, or drop it by clearing CF.
  handler(0x09, 'key');
  rom.pushAx().inAl(KEYBOARD_DATA).movAh(0x4f).stc().int(0x15).jnc('key dropped');
  trap('key');
  rom.label('key dropped');
  endOfInterrupt(PIC1);
  rom.popAx().iret();

  // IRQ 8: the alarm of INT 1Ah/06h.
  handler(0x70, 'clock');
  rom.pushAx();
  trap('clock');
  rom.jnc('no alarm').int(0x4a).label('no alarm');
  endOfInterrupt(PIC2, PIC1);
  rom.popAx().iret();

  // IRQ 13: answered, and left to whoever handles NMIs, as programs expect it of x87 exceptions (Intel SDM volume 1, 8.7.2).
  handler(0x75, 'coprocessor');
  rom.pushAx().movAl(0).outAl(COPROCESSOR_ERROR);
  endOfInterrupt(PIC2, PIC1);
  rom.int(0x02).popAx().iret();

  // IRQ 14: noted in the data area, and told by INT 15h/91h.
  handler(0x76, 'disk interrupt');
  rom.pushAx();
  trap('disk interrupt');
  endOfInterrupt(PIC2, PIC1);
  rom.movAx(0x9100).int(0x15).popAx().iret();

  rom.label('unexpected first');
  trap('unexpected');
  rom.iret().label('unexpected second');
  trap('unexpected second');
  rom.iret();

  // INT 19h and INT 18h: the stack is as at power-on, whoever asks.
  handler(0x18, 'no boot device');
  handler(0x19, 'boot');
  rom.cli().movAx(0).movSsAx().movSp(BOOT_STACK).sti();
  trap('boot.begin');
  rom.label('boot step');
  trap('boot.next');
  rom.jc('stop here').jz('boot jump').int(0x13).jmp('boot step');
  rom.label('boot jump').iret();
  rom.label('stop here').sti().hlt().jmp('stop here');

  if (rom.here > CONFIGURATION_TABLE) throw new Error('the ROM code reaches into its tables');
  tables(rom);
  rom.org(RESET_VECTOR).jmpFar(ROM_SEGMENT, POST_ENTRY);
  rom.finish();
  bytes[0xffff] = -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;

  const unexpected = [rom.address('unexpected first'), rom.address('unexpected second')] as const;
  return { bytes, traps, handlers, nothing: rom.address('nothing'), unexpected };
}

function tables(rom: Assembler): void {
  rom.org(FONT_8X16.offset).bytes(...FONT_8X16_DOTS);
  // System configuration: 8 bytes, PC/AT, submodel 1, revision 0; a second 8259A, a clock, an extended BIOS data area.
  rom.org(CONFIGURATION_TABLE).bytes(8, 0, 0xfc, 0x01, 0x00, 0x74, 0x40, 0, 0, 0);
  // Diskette parameters of a 1.44 MB drive: step rates, motor times, 512-byte sectors, 18 of them, gaps, fill byte.
  rom.org(DISKETTE_PARAMETERS).bytes(0xaf, 0x02, 0x25, 0x02, 18, 0x1b, 0xff, 0x6c, 0xf6, 0x0f, 0x08);
  rom.org(0xfff5).text('11/23/26').org(0xfffe).bytes(0xfc);
}
