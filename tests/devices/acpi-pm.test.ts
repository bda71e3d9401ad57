import { expect, test } from 'vitest';
import { AcpiPm, PM_TIMER_HERTZ } from '../../src/emulator/devices/acpi-pm.ts';
import { INSTRUCTIONS_PER_SECOND } from '../../src/emulator/devices/clock.ts';
import { Machine } from '../../src/emulator/machine.ts';
import { join, u8 } from '../firmware/elf-builder.ts';
import { asm, guest } from '../firmware/guest.ts';
import { Bench } from './bench.ts';

function bench() {
  const calls: string[] = [];
  const levels: boolean[] = [];
  const chip = new AcpiPm({
    powerOff: () => calls.push('off'),
    interrupt: (level) => level !== (levels.at(-1) ?? false) && levels.push(level),
    log: (line) => calls.push(line),
  });
  return { calls, levels, bench: new Bench().with(chip) };
}

test('SLP_EN with the type of S5 switches off; other types are named', () => {
  const { bench: b, calls } = bench();
  b.bus.write(0x604, 0x1c00, 2);
  expect(b.bus.read(0x604, 2)).toBe(0x1c01);
  b.bus.write(0x604, 0x3c00, 2);
  b.bus.write(0x604, 0x2000, 2);
  expect(calls).toEqual(['ACPI power management: sleeping state of type 7: not implemented', 'off']);
});

test('the timer counts at 3.579545 MHz in 24 bits, and interrupts when its top bit changes', () => {
  const { bench: b, levels } = bench();
  b.goTo(INSTRUCTIONS_PER_SECOND);
  expect(b.bus.read(0x608, 4)).toBe(PM_TIMER_HERTZ);
  b.bus.write(0x602, 1, 2);
  b.goTo(3 * INSTRUCTIONS_PER_SECOND);
  expect([b.bus.read(0x600, 2), levels]).toEqual([1, [true]]);
  b.bus.write(0x600, 1, 2);
  expect([b.bus.read(0x600, 2), levels]).toEqual([0, [true, false]]);
  b.goTo(5 * INSTRUCTIONS_PER_SECOND);
  expect(b.bus.read(0x608, 4)).toBe((5 * PM_TIMER_HERTZ) % 2 ** 24);
  expect(levels).toEqual([true, false, true]);
});

test.each(['reference', 'interpreter'] as const)('the ways to end a machine, on the %s engine', async (engine) => {
  // mov dx, port; mov ax, value; out dx, ax
  const outw = (port: number, value: number) =>
    u8(0x66, 0xba, port & 0xff, port >> 8, 0x66, 0xb8, value & 0xff, value >> 8, 0x66, 0xef);
  const ends = [
    [outw(0x604, 0x2000), { kind: 'power-off' }],
    [asm.out(0x64, 0xfe), { kind: 'reset', by: 'keyboard controller' }],
    [asm.out(0x92, 3), { kind: 'reset', by: 'port 0x92' }],
    [asm.out(0xcf9, 6), { kind: 'reset', by: 'port 0xcf9' }],
  ] as const;
  for (const [code, end] of ends) {
    const machine = await Machine.create({ memoryMiB: 2, engine });
    machine.loadKernel(guest(join(code, asm.spin)));
    expect(machine.run(1000)).toEqual({ kind: 'end', end });
    expect(machine.instructions).toBe(3);
  }
});
