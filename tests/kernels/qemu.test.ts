/**
 * Every committed kernel ends in QEMU as it ends in the page, with the same text screen: loaded by QEMU itself (PVH), and by
 * GRUB (Multiboot2) from a CD image. QEMU and GRUB are the judges here: nothing of the emulator runs. Kernels that are meant to
 * fail are in experiments.test.ts.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeIso } from '../../scripts/iso.ts';
import type { RecordedEnd } from '../../src/literate/checkpoint-info.ts';
import { checkpoints, filesOf, unpackDisk } from '../support/checkpoints.ts';
import { describeWith } from '../support/environment.ts';
import { type Boot, boot, type End } from '../support/qemu.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kernels-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function iso(id: string, kernel: string): string {
  const image = join(folder, `${id}.iso`);
  makeIso(kernel, image);
  return image;
}

/** What `boot` calls the ends of recorded runs. */
const IN_QEMU: Readonly<Record<RecordedEnd, End['kind'] | null>> = {
  rejected: null,
  'triple-fault': 'triple-fault',
  halted: 'halted',
  waiting: 'until',
  running: 'until',
  'debug-exit': 'debug-exit',
  'power-off': 'shutdown',
  reset: 'shutdown',
};

for (const { id, kernel, disk, info, screen } of checkpoints()) {
  const { memoryMiB, end, keys, until } = info.run;
  if (end === 'rejected' || end === 'triple-fault') continue;

  async function expectRecorded(from: Boot): Promise<void> {
    const seen = await boot(
      {
        ...filesOf({ id, disk }, folder),
        ...from,
        memoryMiB,
        keys,
        debugExit: end === 'debug-exit',
        restarts: end === 'waiting',
      },
      (shown, _, typed) => until !== null && typed.finished(shown, until) && shown === screen,
    );
    if (seen.end.kind === 'time-out') expect(seen.screen, 'the screen when time was up').toBe(screen);
    // QEMU does not notice that nothing can wake a processor that halts with interrupts on.
    expect(seen.end.kind).toBe(end === 'halted' && until !== null ? 'until' : IN_QEMU[end]);
    // QEMU is gone, with its screen, once isa-debug-exit has been written to.
    if (end !== 'debug-exit') expect(seen.screen).toBe(screen);
  }

  describeWith(['qemu'], `${id} loaded by QEMU`, () => {
    test('ends and shows as recorded', () => expectRecorded({ kernel }), 90_000);
  });
  describeWith(['qemu', 'grub'], `${id} loaded by GRUB`, () => {
    test('ends and shows as recorded', () => expectRecorded({ cdrom: iso(id, kernel) }), 90_000);
  });
  if (disk)
    describeWith(['qemu'], `${id} from its disk`, () => {
      test('ends and shows as recorded', () => expectRecorded({ disk: unpackDisk(id, disk, folder) }), 90_000);
    });

  // UEFI has no text screen: that the kernel runs shows where it halts, and what it says on the serial port.
  if (end === 'halted' && info.experimentOf === null)
    describeWith(['qemu', 'grub', 'ovmf'], `${id} loaded by GRUB under UEFI`, () => {
      test('ends as recorded', async () => {
        const machine = { cdrom: iso(`${id}-uefi`, kernel), firmware: 'uefi', memoryMiB: 128 } as const;
        const seen = await boot(machine, undefined, 120);
        expect(seen.end).toEqual({ kind: 'halted' });
        const rip = BigInt(`0x${/\bRIP=([0-9a-f]+)/.exec(seen.registers)![1]}`);
        const within = ({ address, size }: { address: string; size: number }): boolean => {
          const start = BigInt(`0x${address}`);
          return rip >= start && rip <= start + BigInt(size);
        };
        expect(info.symbols.some(within)).toBe(true);
        const [greeting] = (await boot({ kernel, memoryMiB })).serial.split('\r\n');
        expect(seen.serial).toContain(greeting);
      }, 180_000);
    });
}

describeWith(['grub'], 'the CD image', () => {
  test('of the same kernel is the same to the byte each time', () => {
    const { kernel } = checkpoints()[0]!;
    const hash = (name: string): string =>
      createHash('sha256')
        .update(readFileSync(iso(name, kernel)))
        .digest('hex');
    expect(hash('second')).toBe(hash('first'));
  });
});
