/** `runTo` and the record of mode changes. */
import { expect, test } from 'vitest';
import { ENGINES, Machine } from '../../src/emulator/machine.ts';
import { u8, u32 } from '../firmware/elf-builder.ts';
import { asm, guest } from '../firmware/guest.ts';

const CODE = 0x101000n;

test.each(ENGINES)('runTo stops before an instruction, after at least one (%s)', async (engine) => {
  // mov ecx, 1000; again: inc eax; nop; loop again; cli; hlt
  const machine = await Machine.create({ memoryMiB: 2, engine });
  machine.loadKernel(guest(u8(0xb9), u32(1000), u8(0x40, 0x90, 0xe2, 0xfc), asm.cli, asm.hlt));
  const at = (offset: bigint) => new Set([CODE + offset]);
  expect(machine.runTo(at(6n))).toEqual({ kind: 'breakpoint' });
  expect([machine.state.rip, machine.instructions, machine.state.gpr(1)]).toEqual([CODE + 6n, 2, 1000n]);
  // From there, the next time round.
  expect(machine.runTo(at(6n))).toEqual({ kind: 'breakpoint' });
  expect([machine.instructions, machine.state.gpr(1)]).toEqual([5, 999n]);
  // In the middle of a budget, and at its end.
  expect(machine.runTo(at(9n), 100)).toEqual({ kind: 'budget' });
  expect(machine.instructions).toBe(105);
  // Nothing is left behind for the next run.
  expect(machine.run(300)).toEqual({ kind: 'budget' });
  expect(machine.runTo(at(9n))).toEqual({ kind: 'breakpoint' });
  expect([machine.state.rip, machine.instructions, machine.state.gpr(1)]).toEqual([CODE + 9n, 3001, 0n]);
  expect(machine.runTo(at(0n))).toEqual({ kind: 'end', end: { kind: 'halted' } });
});

test.each(ENGINES)('mode changes are told with the instruction after which they hold (%s)', async (engine) => {
  // mov eax, cr0; and al, 0xfe; mov cr0, eax; nop; or al, 1; mov cr0, eax
  const machine = await Machine.create({ memoryMiB: 2, engine });
  const toReal = u8(0x0f, 0x20, 0xc0, 0x24, 0xfe, 0x0f, 0x22, 0xc0);
  machine.loadKernel(guest(asm.nop, toReal, asm.nop, u8(0x0c, 1, 0x0f, 0x22, 0xc0), asm.nop, asm.cli, asm.hlt));
  expect(machine.modeChanges).toEqual([{ mode: 'protected', instructions: 0 }]);
  machine.run(100);
  expect(machine.modeChanges).toEqual([
    { mode: 'protected', instructions: 0 },
    { mode: 'real', instructions: 4 },
    { mode: 'protected', instructions: 7 },
  ]);
  machine.reset();
  expect(machine.modeChanges).toHaveLength(1);
});
