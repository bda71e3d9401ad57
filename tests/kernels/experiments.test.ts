/** Kernels that are meant to fail do so in QEMU and GRUB too, in the same way and at the same instruction. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeIso } from '../../scripts/iso.ts';
import { parseElf } from '../../src/emulator/firmware/elf.ts';
import { KernelError, Machine } from '../../src/emulator/machine.ts';
import { type Checkpoint, checkpoints } from '../support/checkpoints.ts';
import { describeWith } from '../support/environment.ts';
import { type Boot, boot } from '../support/qemu.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'experiments-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function cdrom({ id, kernel }: Checkpoint): string {
  const image = join(folder, `${id}.iso`);
  makeIso(kernel, image);
  return image;
}
const ending = (end: string): Checkpoint[] => checkpoints().filter(({ info }) => info.run.end === end);

/** Where QEMU 7.2 departs from the manuals and faults elsewhere; Bochs agrees with them in both cases. */
const IN_QEMU: Record<string, (rip: bigint) => bigint> = {
  // It does not look at the return address before it jumps there.
  '01-buffer-overrun': () => 0x4141414141414141n,
  // Without CR4.PAE it ignores the write to CR0 (3 bytes), executes `lgdt` (7 bytes), and raises #GP at the far jump:
  // outside of long mode the limit of the code segment counts, and it is 0.
  '04-no-pae': (rip) => rip + 10n,
};

/** GRUB's last word on a file that it refuses; its first, before it, names what is wrong. */
const GRUB_REFUSED = 'error: you need to load the kernel first.';

describe.each(ending('rejected'))('$id, which is no Multiboot2 kernel', (checkpoint) => {
  const { kernel, info, screen } = checkpoint;

  test('is refused by the machine, which shows nothing', async () => {
    const machine = await Machine.create({ memoryMiB: info.run.memoryMiB });
    expect(() => machine.loadKernel(readFileSync(kernel))).toThrow(KernelError);
    expect(screen).toBe('\n');
  });

  describeWith(['qemu', 'grub'], 'in QEMU', () => {
    test('is refused by GRUB', async () => {
      const seen = await boot({ cdrom: cdrom(checkpoint), memoryMiB: info.run.memoryMiB }, (_, serial) =>
        serial.includes(GRUB_REFUSED),
      );
      expect(seen.end).toEqual({ kind: 'until' });
    });
  });
});

describe.each(ending('triple-fault'))('$id', (checkpoint) => {
  const { kernel, info, screen } = checkpoint;
  const { memoryMiB } = info.run;

  /** Where and why the processor gave up, as both machines tell it. */
  async function expected(): Promise<{ rip: string; cr2: string }> {
    const machine = await Machine.create({ memoryMiB });
    machine.loadKernel(readFileSync(kernel));
    const stop = machine.run(info.run.instructions + 1);
    expect(stop).toMatchObject({ kind: 'end', end: { kind: 'triple-fault' } });
    const { rip, cr2 } = machine.snapshot();
    const differs = IN_QEMU[checkpoint.id] ?? ((same: bigint) => same);
    return {
      rip: differs(BigInt(`0x${rip}`))
        .toString(16)
        .padStart(16, '0'),
      cr2,
    };
  }
  async function inQemu(from: Boot): Promise<{ rip: string; cr2: string }> {
    // Both machines leave what no specification promises: this one starts every kernel with a stack pointer of zero.
    const { entry } = parseElf(readFileSync(kernel));
    const stackPointer = { at: `0x${entry.toString(16)}`, value: 0 };
    const seen = await boot({ ...from, memoryMiB, stackPointer });
    expect(seen.end).toEqual({ kind: 'triple-fault' });
    // The firmware's words stand on the screen until a kernel clears it.
    if (screen !== '\n') expect(seen.screen).toBe(screen);
    // QEMU shows the registers of 32-bit code with their 32-bit names and widths.
    const value = (name: string): string =>
      new RegExp(`\\b${name}=([0-9a-f]+)`).exec(seen.registers)![1]!.padStart(16, '0');
    return { rip: value('[RE]IP'), cr2: value('CR2') };
  }

  describeWith(['qemu', 'gdb'], 'loaded by QEMU', () => {
    test('faults at the same instruction and address', async () => {
      expect(await inQemu({ kernel })).toEqual(await expected());
    });
  });
  describeWith(['qemu', 'gdb', 'grub'], 'loaded by GRUB', () => {
    test('faults at the same instruction and address', async () => {
      expect(await inQemu({ cdrom: cdrom(checkpoint) })).toEqual(await expected());
    });
  });
});

// Chapter 3 says of its kernel without a stack that it runs in QEMU, and why that is luck: GRUB's and QEMU's own stacks.
describeWith(['qemu', 'grub'], '03-no-stack with the stack pointer that it happens to find', () => {
  const find = (id: string): Checkpoint => checkpoints().find((checkpoint) => checkpoint.id === id)!;

  test.each(['QEMU', 'GRUB'])('runs as if nothing were wrong when %s loads it', async (loader) => {
    const unlucky = find('03-no-stack');
    const seen = await boot(loader === 'GRUB' ? { cdrom: cdrom(unlucky) } : { kernel: unlucky.kernel });
    expect(seen.end).toEqual({ kind: 'halted' });
    expect(seen.screen).toBe(find('03-bootloader').screen);
  });
});
