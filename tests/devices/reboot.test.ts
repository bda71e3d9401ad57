/** A guest that resets a machine that was booted from a disk boots it again: chips start anew, memory, clock and time go on. */
import { expect, test } from 'vitest';
import { ENGINES, Machine, MemoryDisk } from '../../src/emulator/machine.ts';
import { join, u8 } from '../firmware/elf-builder.ts';

const BOOTS = 3;
/** Where the boots are counted in the memory of the real-time clock, which has a battery. */
const COUNTER = 0x50;

/** Counts its boots in AH, resets the machine by what is given, and stops at the last one. */
function bootSector(reset: Uint8Array): Uint8Array {
  const count = u8(0xb0, COUNTER, 0xe6, 0x70, 0xe4, 0x71, 0xfe, 0xc0, 0x88, 0xc4); // out 0x70; in al, 0x71; inc al; mov ah, al
  const store = u8(0xb0, COUNTER, 0xe6, 0x70, 0x88, 0xe0, 0xe6, 0x71); // out 0x70; mov al, ah; out 0x71, al
  const spin = u8(0xeb, 0xfe);
  const last = u8(0x80, 0xfc, BOOTS, 0x74, reset.length + spin.length); // cmp ah, BOOTS; je over it
  const sector = new Uint8Array(512);
  sector.set(join(count, store, last, reset, spin, u8(0xfa, 0xf4)));
  sector.set([0x55, 0xaa], 510);
  return sector;
}

const RESETS = {
  'the keyboard controller': u8(0xb0, 0xfe, 0xe6, 0x64),
  'port 0x92': u8(0xb0, 0x03, 0xe6, 0x92),
  // mov dx, 0xcf9; mov al, 6; out dx, al
  'port 0xcf9': u8(0xba, 0xf9, 0x0c, 0xb0, 0x06, 0xee),
} as const;

test.each(ENGINES.flatMap((engine) => Object.keys(RESETS).map((by) => ({ engine, by }))))(
  'by $by, on the $engine engine',
  async ({ engine, by }) => {
    const image = new Uint8Array(64 * 512);
    image.set(bootSector(RESETS[by as keyof typeof RESETS]));
    const machine = await Machine.create({ engine, memoryMiB: 2, disks: [new MemoryDisk(image)] });
    machine.powerOn();
    machine.memory.write(0x9000, u8(0x77));
    expect(machine.run(50_000_000)).toEqual({ kind: 'end', end: { kind: 'halted' } });
    expect((Number(machine.state.gpr(0)) >> 8) & 0xff).toBe(BOOTS);
    expect(machine.memory.read(0x9000, 1)).toEqual(u8(0x77));
    // The instructions are counted from the last reset on, time from power-on.
    expect(machine.time).toBeGreaterThan(2 * machine.instructions);
    expect(machine.modeChanges[0]).toEqual({ mode: 'real', instructions: 0 });
    // Power-on is another matter: the counter starts again, and so does the run.
    const { time } = machine;
    machine.reset();
    machine.run(50_000_000);
    expect(machine.time).toBe(time);
  },
);
