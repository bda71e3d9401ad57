/**
 * The CD image boots by UEFI too: OVMF in QEMU starts GRUB, and GRUB the kernel. There is no text screen then. From chapter 8 on
 * a kernel draws its text: QEMU's picture of the screen, read back dot by dot, is what is recorded. Before, a kernel shows
 * nothing; where it ends and what it says on the serial port tell that it runs.
 *
 * Each boot takes some ten seconds, so a few kernels have to do; EVERY_KERNEL=1 is for all.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeIso } from '../../scripts/iso.ts';
import { checkpoints, unpackedDisk } from '../support/checkpoints.ts';
import { describeWith, EVERY_KERNEL } from '../support/environment.ts';
import { fontOf, readFramebuffer } from '../support/framebuffer-text.ts';
import { type Boot, boot, type ScreenReader } from '../support/qemu.ts';
import { serialText } from '../support/serial-text.ts';

/** One that halts, one that is typed to over its silent screen, and one that draws. */
const CHOICE = ['03-bootloader', '07-system-calls', '08-hardware', '11-filesystem'];

/** In MiB: OVMF itself needs more than the kernels have elsewhere. */
const MEMORY = 128;
/** In seconds. */
const LIMIT = 150;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'uefi-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Of its first words, which say who has loaded it, and what follows them. */
const FIRST_WORDS = 'Hello from Rust';
const readSerial: ScreenReader = async (_, __, serial) => {
  const start = serial().lastIndexOf(FIRST_WORDS);
  return start < 0 ? '\n' : serialText(serial().slice(start));
};

const rip = (registers: string): string | undefined => /\b[RE]IP=([0-9a-f]+)/.exec(registers)?.[1];

for (const { id, kernel, disk, info, screen } of checkpoints()) {
  const { end, keys, until, memoryMiB } = info.run;
  if (end === 'rejected' || end === 'triple-fault' || !(EVERY_KERNEL || CHOICE.includes(id))) continue;
  const font = fontOf(readFileSync(kernel));

  describeWith(['qemu', 'grub', 'ovmf'], `${id} loaded by GRUB under UEFI`, () => {
    function machine(): Boot {
      const cdrom = join(folder, `${id}.iso`);
      makeIso(kernel, cdrom);
      const own = info.disk?.script === 'disk.sh' && disk ? { disk: unpackedDisk(disk, folder), restarts: true } : {};
      return { ...own, cdrom, firmware: 'uefi', memoryMiB: MEMORY, keys };
    }

    if (font && until !== null)
      test('draws the recorded screen', async () => {
        const seen = await boot(
          { ...machine(), readScreen: readFramebuffer(font) },
          (shown, _, typed) => typed.finished(shown, until) && shown === screen,
          LIMIT,
        );
        expect(seen.screen).toBe(screen);
      }, 200_000);
    else if (until === null)
      test('shows nothing, and halts where it halts elsewhere', async () => {
        const elsewhere = await boot({ kernel, memoryMiB });
        const seen = await boot(machine(), undefined, LIMIT);
        expect(seen.end).toEqual({ kind: 'halted' });
        expect(rip(seen.registers)).toBe(rip(elsewhere.registers));
        const [greeting] = elsewhere.serial.split('\r\n');
        expect(seen.serial).toContain(greeting);
      }, 200_000);
    else
      test('shows nothing, and says on the serial port what is recorded', async () => {
        const seen = await boot(
          { ...machine(), readScreen: readSerial },
          (said, _, typed) => until !== null && typed.finished(said, until),
          LIMIT,
        );
        expect(seen.end).toEqual({ kind: 'until' });
        // More than stands on the screen, which scrolls.
        const said = seen.screen.split('\n');
        let place = 0;
        for (const line of screen.split('\n')) {
          place = said.indexOf(line, place) + 1;
          expect(place, `"${line}" in\n${seen.screen}`).toBeGreaterThan(0);
        }
      }, 200_000);
  });
}
