import { expect, test } from 'vitest';
import { CoprocessorError } from '../../src/emulator/devices/coprocessor-error.ts';
import { ENGINES, Machine } from '../../src/emulator/machine.ts';
import { join, u8 } from '../firmware/elf-builder.ts';
import { asm, guest } from '../firmware/guest.ts';
import { Bench } from './bench.ts';

const PORT = 0xf0;

function bench() {
  let irq13 = false;
  const chip = new CoprocessorError((level) => {
    irq13 = level;
  });
  const ports = new Bench().with(chip);
  return {
    chip,
    pins: () => ({ irq13, ignne: chip.ignne }),
    write: () => ports.out(PORT, 0),
    read: () => ports.in(PORT),
  };
}

// Intel SDM volume 1, figure D-1: a flip-flop for the request, and one for IGNNE# that FERR# holds clear.
test('the request lasts until the port is written, IGNNE# from then until FERR# has gone', () => {
  const { chip, pins, write, read } = bench();
  expect(pins()).toEqual({ irq13: false, ignne: false });
  chip.setFerr(true);
  expect(pins()).toEqual({ irq13: true, ignne: false });
  expect(read()).toBe(0xff);
  expect(pins()).toEqual({ irq13: true, ignne: false });
  write();
  expect(pins()).toEqual({ irq13: false, ignne: true });
  write();
  expect(pins()).toEqual({ irq13: false, ignne: true });
  chip.setFerr(false);
  expect(pins()).toEqual({ irq13: false, ignne: false });
});

test('the order of answers does not matter: without FERR# there is no IGNNE#', () => {
  const { chip, pins, write } = bench();
  chip.setFerr(true);
  chip.setFerr(false);
  expect(pins()).toEqual({ irq13: true, ignne: false });
  write();
  expect(pins()).toEqual({ irq13: false, ignne: false });
  chip.setFerr(true);
  expect(pins()).toEqual({ irq13: true, ignne: false });
  chip.reset();
  expect(pins()).toEqual({ irq13: false, ignne: false });
});

/** FLD1 onto a stack that is full after power-on, its exceptions not masked. */
const overflow = u8(0xd9, 0xe8);
const fwait = u8(0x9b);

test.each(ENGINES)('a processor frozen with interrupts off has come to its end (%s)', async (engine) => {
  const machine = await Machine.create({ memoryMiB: 2, engine });
  machine.loadKernel(guest(asm.nop, overflow, fwait));
  expect(machine.run()).toEqual({ kind: 'end', end: { kind: 'halted' } });
  expect([machine.instructions, machine.time, machine.state.rip]).toEqual([2, 2, 0x101003n]);
  expect(machine.state.x87.ferr).toBe(true);
  // Nothing of it is left at the next start.
  machine.loadKernel(guest(asm.nop, fwait, asm.cli, asm.hlt));
  expect(machine.state.x87.ferr).toBe(false);
  machine.run();
  expect(machine.instructions).toBe(4);
});

test.each(ENGINES)('one frozen with its request masked waits for other lines (%s)', async (engine) => {
  const machine = await Machine.create({ memoryMiB: 2, engine });
  // Keyboard alone.
  machine.loadKernel(guest(join(asm.out(0x21, 0xfd), asm.out(0xa1, 0xff)), overflow, asm.sti, fwait));
  expect(machine.run()).toEqual({ kind: 'waiting' });
  const [instructions, at] = [machine.instructions, machine.state.rip];
  expect(machine.isAsleep).toBe(true);
  machine.run(1_000_000);
  expect([machine.instructions, machine.state.rip]).toEqual([instructions, at]);
  expect(machine.time).toBe(instructions + 1_000_000);
});
