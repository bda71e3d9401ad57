import { describe, expect, test } from 'vitest';
import { Lockstep } from '../../src/emulator/cli/lockstep.ts';
import { Machine, type MachineOptions } from '../../src/emulator/machine.ts';
import { join, u8 } from '../firmware/elf-builder.ts';
import { asm, guest, message } from '../firmware/guest.ts';

async function machine(kernel: Uint8Array, options: MachineOptions): Promise<Machine> {
  const made = await Machine.create({ memoryMiB: 2, ...options });
  made.loadKernel(kernel);
  return made;
}

test('engines that agree run to the end together', async () => {
  const kernel = guest(asm.wait(30_000), message(0, 'x'), asm.out(0xf4, 3));
  const machines = [await machine(kernel, { engine: 'reference' }), await machine(kernel, { engine: 'interpreter' })];
  expect(new Lockstep(machines).run(Number.POSITIVE_INFINITY)).toBeNull();
  for (const { end, instructions } of machines)
    expect([end, instructions]).toEqual([{ kind: 'debug-exit', code: 7 }, 30_005]);
});

describe('the first difference is found', () => {
  test('in a register: a port that floats in one machine only', async () => {
    const kernel = guest(asm.wait(25_000), asm.in(0xf4), asm.nop, asm.nop, asm.cli, asm.hlt);
    const lockstep = new Lockstep([await machine(kernel, { debugExit: null }), await machine(kernel, {})]);
    expect(lockstep.run(Number.POSITIVE_INFINITY)).toEqual({
      instructions: 25_002,
      rip: '000000000010100b',
      instruction: 'in al,dx',
      differences: ['interpreter / interpreter', 'rax: 0x36d762ff / 0x36d76200'],
    });
  });

  test('in memory alone, within a hundred instructions', async () => {
    // insb through edi; then edi is put back, so that only memory tells.
    const store = join(u8(0xbf, 0, 0, 0x11, 0), u8(0x66, 0xba, 0xf4, 0), u8(0x6c));
    const kernel = guest(asm.wait(5000), store, asm.wait(5000), asm.cli, asm.hlt);
    const lockstep = new Lockstep([await machine(kernel, { debugExit: null }), await machine(kernel, {})]);
    const found = lockstep.run(Number.POSITIVE_INFINITY);
    expect(found?.differences).toEqual(['interpreter / interpreter', 'memory at 0x110000: 0xff / 0x0']);
    expect(found!.instructions - 5003).toBeGreaterThanOrEqual(0);
    expect(found!.instructions - 5003).toBeLessThan(100);
  });

  test('after input that was typed on the way', async () => {
    // Polls for a byte, then reads a port that only one machine has.
    const poll = join(asm.in(0x64), u8(0xa8, 1, 0x74, 0xf7), asm.in(0x60));
    const kernel = guest(poll, asm.in(0xf4), asm.cli, asm.hlt);
    const lockstep = new Lockstep([await machine(kernel, { debugExit: null }), await machine(kernel, {})]);
    expect(lockstep.run(20_000)).toBeNull();
    lockstep.typeText(['k']);
    // The typist takes a while.
    const found = lockstep.run(10_000_000);
    expect(found?.instruction).toBe('in al,dx');
    expect(found?.differences[1]).toMatch(/^rax: 0x36d762ff/);
  });
});
