/** The boot sector `guests/echo.s` in place of a checkpoint's kernel: what keyboard, disk and display are tested with. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright/test';
import { missingParts } from '../../scripts/setup/tools.ts';
import { checkpoints } from './fixtures.ts';

/** Why the guest cannot be assembled here; `null` if it can. */
export const missingAssembler = missingParts('binutils').join(', ') || null;

let image: Buffer | null = null;

/** 32 KiB. */
function echoImage(): Buffer {
  if (image) return image;
  const folder = mkdtempSync(join(tmpdir(), 'guest-'));
  try {
    const [object, binary] = [join(folder, 'echo.o'), join(folder, 'echo.img')];
    execFileSync('as', ['--32', '-o', object, join(import.meta.dirname, 'guests', 'echo.s')]);
    execFileSync('ld', ['-m', 'elf_i386', '--oformat', 'binary', '-Ttext=0x7c00', '-e', 'boot', '-o', binary, object]);
    image = readFileSync(binary);
    return image;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Serves it as the checkpoint `id`: booted from its disk. */
export async function serveEcho(page: Page, id: string): Promise<void> {
  const disk = echoImage();
  const { info } = checkpoints().find((checkpoint) => checkpoint.info.id === id)!;
  const facts = {
    ...info,
    disk: { bytes: disk.length, sha256: createHash('sha256').update(disk).digest('hex') },
    run: { ...info.run, boot: 'disk' },
  };
  await page.route(`**/checkpoints/${id}/info.json`, (route) => route.fulfill({ json: facts }));
  await page.route(`**/checkpoints/${id}/disk.img.gz`, (route) => route.fulfill({ body: gzipSync(disk) }));
}

const shifted: Record<string, string> = { '!': 'Digit1', '#': 'Digit3' };

/** Types as a hand does: a capital by Shift and its key. Playwright's own `type` leaves Shift alone. */
export async function strike(page: Page, text: string): Promise<void> {
  for (const character of text) {
    const code = shifted[character] ?? (/[A-Z]/.test(character) ? `Key${character}` : null);
    await page.keyboard.press(code ? `Shift+${code}` : character);
  }
}
