/** What stops a machine that lacks an instruction: an emulator without RDPMC is made for this test. */
import { expect, test, vi } from 'vitest';
import { ENGINES, Machine } from '../../src/emulator/machine.ts';
import { u8 } from '../firmware/elf-builder.ts';
import { asm, guest } from '../firmware/guest.ts';

vi.mock('../../src/emulator/helpers/system.ts', async (original) => {
  const { systemHelpers } = await original<typeof import('../../src/emulator/helpers/system.ts')>();
  const { rdpmc: _, ...others } = systemHelpers;
  return { systemHelpers: others };
});

test.each(ENGINES)('what is not implemented is named with its address and bytes (%s)', async (engine) => {
  const machine = await Machine.create({ memoryMiB: 2, engine });
  machine.loadKernel(guest(asm.nop, u8(0x0f, 0x33)));
  machine.run();
  const { end } = machine;
  expect(end).toMatchObject({ kind: 'unsupported', rip: '0000000000101001', what: 'instruction rdpmc' });
  expect(end?.kind === 'unsupported' && end.bytes).toMatch(/^0f 33/);
  expect(machine.instructions).toBe(1);
});
