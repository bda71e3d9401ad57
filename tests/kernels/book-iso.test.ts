/** `npm run iso`: every chapter's kernel starts from one image behind GRUB's menu, in QEMU, from CD and as a disk. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyOfChapter } from '../../scripts/iso.ts';
import { ROOT } from '../../scripts/setup/dependencies.mjs';
import { checkpoints, unpackedDisk } from '../support/checkpoints.ts';
import { describeWith } from '../support/environment.ts';
import { type Boot, boot } from '../support/qemu.ts';

describeWith(['qemu', 'grub'], "the book's own image", () => {
  let folder: string;
  const image = (name: string): string => join(folder, name);
  const make = (name: string, umask = '022', zone = 'UTC'): string => {
    const script = 'umask "$1"; exec "$2" "$3" "$4"';
    const args = [umask, process.execPath, join(ROOT, 'scripts/iso.ts'), image(name)];
    execFileSync('sh', ['-c', script, 'sh', ...args], { env: { ...process.env, TZ: zone } });
    return image(name);
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'book-iso-'));
    make('book.iso');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('is the same to the byte when made again, with another umask and time zone', () => {
    const hash = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
    expect(hash(make('again.iso', '077', 'Pacific/Auckland'))).toBe(hash(image('book.iso')));
  });

  const own = checkpoints().filter(({ info }) => info.experimentOf === null);
  own.forEach(({ id, disk, info, screen }, line) => {
    // Chapter 11's kernel looks for its files on the first disk, which the image must not be then.
    const needsDisk = info.disk?.script === 'disk.sh';
    const from = needsDisk || line % 2 === 0 ? 'cdrom' : 'disk';

    test(`${id}, from ${from}`, async () => {
      const media: Boot = { [from]: image('book.iso'), ...(needsDisk && { disk: unpackedDisk(disk!, folder) }) };
      const { memoryMiB, keys, until, end } = info.run;
      // The last words below GRUB's menu.
      const menu = { after: 'for a command-line.', text: keyOfChapter(Number(id.slice(0, 2))) };
      const seen = await boot(
        { ...media, memoryMiB, keys, menu, restarts: needsDisk },
        (shown, _, typed) => until !== null && typed.finished(shown, until) && shown === screen,
      );
      expect(seen.screen, `after ${seen.end.kind}, recorded: ${end}`).toBe(screen);
    }, 90_000);
  });
});
