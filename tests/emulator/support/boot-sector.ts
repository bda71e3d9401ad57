/** Directed guests that start as a boot sector, in real mode. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { RDX } from '../../../src/emulator/cpu/layout.ts';
import type { Machine } from '../../../src/emulator/machine.ts';

const FOLDER = join(import.meta.dirname, '..', 'guests');
const SECTOR_AT = 0x7c00;
/** The `hlt` of real.inc and sector-entry.inc, at which a guest has printed everything. */
export const END_OF_SECTOR_GUEST = 0x7decn;
/** Where the services stand that a guest needs of a BIOS. */
const SERVICES_AT = 0x600;
/** INT 13h for a disk that has been read already: push bp; mov bp, sp; and word [bp + 6], ~CF; pop bp; iret */
const DISK_SERVICE = [0x55, 0x89, 0xe5, 0x83, 0x66, 0x06, 0xfe, 0x5d, 0xcf];

/** Assembles and links `guests/<name>.s` into a folder. @returns the path of the disk image */
export function assembleSector(name: string, folder: string): string {
  const object = join(folder, `${name}.o`);
  const image = join(folder, `${name}.img`);
  execFileSync('as', ['--32', '--fatal-warnings', '-I', FOLDER, '-o', object, join(FOLDER, `${name}.s`)]);
  execFileSync('ld', ['-m', 'elf_i386', '-T', join(FOLDER, 'sector.ld'), '-o', image, object]);
  return image;
}

/** Likewise, of a guest in protected or long mode, which a kernel's loader could start as well. */
export function assembleWideSector(name: string, folder: string): string {
  const object = join(folder, `${name}.sector.o`);
  const image = join(folder, `${name}.img`);
  const source = join(FOLDER, `${name}.s`);
  execFileSync('as', ['--64', '--fatal-warnings', '--defsym', 'SECTOR=1', '-I', FOLDER, '-o', object, source]);
  execFileSync('ld', ['-m', 'elf_x86_64', '-T', join(FOLDER, 'wide-sector.ld'), '-o', image, object]);
  return image;
}

/** Bochs wants whole cylinders. @returns the path of a copy that has one */
export function diskForBochs(image: string): string {
  const path = `${image}.bochs`;
  copyFileSync(image, path);
  truncateSync(path, 16 * 63 * 512);
  return path;
}

/** Leaves a machine as a BIOS does that has loaded the first sector; the rest of the image lies behind it already. */
export function startAtSector({ memory, state }: Machine, image: Uint8Array): void {
  state.reset();
  memory.write(SECTOR_AT, image);
  memory.write(SERVICES_AT, Uint8Array.from(DISK_SERVICE));
  memory.write(0x13 * 4, Uint8Array.of(SERVICES_AT & 0xff, SERVICES_AT >> 8, 0, 0));
  state.setSegment('cs', { selector: 0, base: 0n, limit: 0xffff, attributes: 0x9b });
  state.setGpr(RDX, 0x80n);
  state.rip = BigInt(SECTOR_AT);
}
