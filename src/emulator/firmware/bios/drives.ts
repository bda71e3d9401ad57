/** The drives that INT 13h knows, and their numbers. */
import type { BlockDevice } from '../../devices/block-device.ts';

export type DriveKind = 'floppy' | 'disk' | 'cdrom';

export interface BiosDrive {
  /** As in DL. */
  number: number;
  kind: DriveKind;
  medium: BlockDevice;
  /** Bytes a sector: 512, or 2,048 of a CD-ROM. */
  sectorSize: 512 | 2048;
  geometry: DiskGeometry;
  /** CMOS type of a floppy drive, as INT 13h/08h returns it. */
  floppyType: number;
  isReadOnly: boolean;
}

/** As INT 13h addresses sectors: heads and sectors a track count from 0 and 1. */
export interface DiskGeometry {
  cylinders: number;
  heads: number;
  sectors: number;
}

/** Formats of PC floppies: sectors in all, geometry, CMOS drive type. */
const FLOPPIES: readonly [number, DiskGeometry, number][] = [
  [320, { cylinders: 40, heads: 1, sectors: 8 }, 1],
  [360, { cylinders: 40, heads: 1, sectors: 9 }, 1],
  [640, { cylinders: 40, heads: 2, sectors: 8 }, 1],
  [720, { cylinders: 40, heads: 2, sectors: 9 }, 1],
  [1440, { cylinders: 80, heads: 2, sectors: 9 }, 3],
  [2400, { cylinders: 80, heads: 2, sectors: 15 }, 2],
  [2880, { cylinders: 80, heads: 2, sectors: 18 }, 4],
  [5760, { cylinders: 80, heads: 2, sectors: 36 }, 5],
];

/** The floppy drives in the BIOS's equipment word: whether there are any, and their number less one. */
export const FLOPPY_EQUIPMENT = 0x00c1;
export function floppyEquipment(drives: readonly BiosDrive[]): number {
  const floppies = drives.filter(({ kind }) => kind === 'floppy').length;
  return floppies > 0 ? 0x01 | ((floppies - 1) << 6) : 0;
}

/** El Torito 1.0 leaves the number open; BIOSes use one above those of hard disks. */
export const FIRST_CDROM = 0xe0;

/** Numbers drives: floppies from 00h, hard disks from 80h, CD-ROMs from E0h. */
export function biosDrives(media: {
  floppies?: readonly BlockDevice[];
  disks?: readonly BlockDevice[];
  cdroms?: readonly BlockDevice[];
}): BiosDrive[] {
  return [
    ...(media.floppies ?? []).map((medium, i) => floppy(i, medium)),
    ...(media.disks ?? []).map((medium, i) => disk(0x80 + i, medium)),
    ...(media.cdroms ?? []).map((medium, i) => cdrom(FIRST_CDROM + i, medium)),
  ];
}

/** An image of no known format is read as the smallest one that holds it. */
function floppy(number: number, medium: BlockDevice): BiosDrive {
  const [, geometry, floppyType] = FLOPPIES.find(([sectors]) => medium.sectors <= sectors) ?? FLOPPIES.at(-1)!;
  return { number, kind: 'floppy', medium, sectorSize: 512, geometry, floppyType, isReadOnly: false };
}

/**
 * The drive's own geometry (16 heads, 63 sectors) as far as 1,024 cylinders go, 504 MiB; beyond that LBA-assisted
 * translation: Phoenix, Enhanced Disk Drive Specification 1.1, section 4.
 */
function disk(number: number, medium: BlockDevice): BiosDrive {
  const sectors = 63;
  let heads = 16;
  if (medium.sectors > 1024 * heads * sectors) {
    const steps = [16, 32, 64, 128, 255];
    heads = steps.find((each) => medium.sectors <= 1024 * each * sectors) ?? 255;
  }
  const cylinders = Math.min(1024, Math.max(1, Math.floor(medium.sectors / (heads * sectors))));
  const geometry = { cylinders, heads, sectors };
  return { number, kind: 'disk', medium, sectorSize: 512, geometry, floppyType: 0, isReadOnly: false };
}

function cdrom(number: number, medium: BlockDevice): BiosDrive {
  const geometry = { cylinders: 0, heads: 0, sectors: 0 };
  return { number, kind: 'cdrom', medium, sectorSize: 2048, geometry, floppyType: 0, isReadOnly: true };
}
