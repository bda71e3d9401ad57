/** `npm run iso`: every chapter's kernel starts from one image behind GRUB's menu, in QEMU, from CD and as a disk. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../../scripts/setup/dependencies.mjs';
import { checkpoints } from '../support/checkpoints.ts';
import { describeWith } from '../support/environment.ts';
import { boot } from '../support/qemu.ts';

describeWith(['qemu', 'grub'], "the book's own image", () => {
  let folder: string;
  const image = (name: string): string => join(folder, name);
  const make = (name: string): string => {
    execFileSync(process.execPath, [join(ROOT, 'scripts/iso.ts'), image(name)]);
    return image(name);
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'book-iso-'));
    make('book.iso');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('is the same to the byte when made again', () => {
    const hash = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
    expect(hash(make('again.iso'))).toBe(hash(image('book.iso')));
  });

  // A chapter with experiments is followed by the line that opens their menu.
  let line = 0;
  const all = checkpoints();
  for (const { id, info, screen } of all.filter(({ info }) => info.experimentOf === null)) {
    const down = '{ArrowDown}'.repeat(line);
    line += all.some((other) => other.info.experimentOf === id) ? 2 : 1;
    const from = line % 2 === 0 ? 'cdrom' : 'disk';

    test(`${id}, from ${from}`, async () => {
      const { memoryMiB, keys, until, end } = info.run;
      // The last words below GRUB's menu.
      const script = [{ after: 'for a command-line.', text: `${down}\n` }, ...keys];
      const seen = await boot(
        { [from]: image('book.iso'), memoryMiB, keys: script },
        (shown, _, typed) => until !== null && typed.finished(shown, until) && shown === screen,
      );
      expect(seen.screen, `after ${seen.end.kind}, recorded: ${end}`).toBe(screen);
    }, 90_000);
  }
});
