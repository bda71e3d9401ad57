/** Disk images of `-hda`, `-cdrom`, `-drive` ...: read at the start, and what the guest changed written back at the end. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { type MachineOptions, MemoryDisk } from '../machine.ts';
import { readInput, requireWritable } from './files.ts';
import { integer, UsageError } from './values.ts';

/** What the options ask for. */
export interface MediaOptions {
  /** Hard disks on the primary channel: paths of image files. */
  disks: [string | null, string | null];
  cdrom: string | null;
  floppy: string | null;
  /** Changes are forgotten at the end. */
  snapshot: boolean;
}

type Drives = Pick<MachineOptions, 'disks' | 'cdrom' | 'floppy'>;

export function noMedia(): MediaOptions {
  return { disks: [null, null], cdrom: null, floppy: null, snapshot: false };
}
export function hasMedia({ disks, cdrom, floppy }: MediaOptions): boolean {
  return disks.some((disk) => disk !== null) || cdrom !== null || floppy !== null;
}

/** Reads `-drive format=raw,file=F[,if=ide|floppy][,index=N][,media=disk|cdrom]`. @throws UsageError */
export function addDrive(media: MediaOptions, text: string): void {
  const { file, format, if: interface_ = 'ide', index, media: kind = 'disk', ...unknown } = pairs(text);
  const [strange] = Object.keys(unknown);
  if (strange !== undefined) throw new UsageError(`-drive: unknown property ${strange}`);
  if (!file) throw new UsageError(`-drive ${text}: file= is missing`);
  // QEMU guesses formats, and warns of it.
  if (format !== 'raw')
    throw new UsageError(`-drive ${text}: format=raw is the one that is supported, and has to be given`);
  if (kind !== 'disk' && kind !== 'cdrom') throw new UsageError(`-drive: media=${kind}: must be disk or cdrom`);
  if (interface_ === 'floppy') {
    if (index !== undefined && index !== '0')
      throw new UsageError(`-drive: floppy ${index}: there is one floppy drive`);
    setFloppy(media, file);
  } else if (interface_ !== 'ide') throw new UsageError(`-drive: if=${interface_}: must be ide or floppy`);
  else if (kind === 'cdrom') {
    if (index !== undefined && index !== '2')
      throw new UsageError(`-drive: index=${index}: a CD-ROM drive is at index 2 alone`);
    setCdrom(media, file);
  } else setDisk(media, index === undefined ? nextFree(media) : integer('-drive: index', index, 0, 1), file);
}

export function setDisk(media: MediaOptions, index: number, file: string): void {
  if (media.disks[index] !== null) throw new UsageError(`hard disk ${index} is named twice`);
  media.disks[index] = file;
}
export function setCdrom(media: MediaOptions, file: string): void {
  if (media.cdrom !== null) throw new UsageError('the CD-ROM is named twice');
  media.cdrom = file;
}
export function setFloppy(media: MediaOptions, file: string): void {
  if (media.floppy !== null) throw new UsageError('the floppy is named twice');
  media.floppy = file;
}

function nextFree({ disks }: MediaOptions): number {
  const index = disks.indexOf(null);
  if (index < 0) throw new UsageError('-drive: there is room for two hard disks');
  return index;
}

function pairs(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const part of text.split(',')) {
    const equals = part.indexOf('=');
    if (equals < 1) throw new UsageError(`-drive ${text}: '${part}' is no key=value`);
    found[part.slice(0, equals)] = part.slice(equals + 1);
  }
  return found;
}

/** The images of a run. Each machine gets disks of its own over the same bytes; those of the first are kept at the end. */
export class Media {
  readonly #files: { path: string; image: Uint8Array; kind: 'disk' | 'cdrom' | 'floppy' }[] = [];
  readonly #snapshot: boolean;
  #kept: { path: string; disk: MemoryDisk }[] = [];

  /** @throws UsageError for a file that cannot be read, or written where that will be needed */
  constructor(options: MediaOptions) {
    this.#snapshot = options.snapshot;
    if (options.disks[0] === null && options.disks[1] !== null)
      throw new UsageError('a second hard disk without a first one is not supported');
    const open = (path: string | null, kind: 'disk' | 'cdrom' | 'floppy') => {
      if (path === null) return;
      const image = readInput(path);
      if (image.length === 0) throw new UsageError(`${path} is empty: it is no disk image`);
      if (kind !== 'cdrom' && !this.#snapshot) requireWritable(path);
      this.#files.push({ path, image, kind });
    };
    for (const path of options.disks) open(path, 'disk');
    open(options.cdrom, 'cdrom');
    open(options.floppy, 'floppy');
  }

  /** Drives for a machine. @param isFirst of several that run the same: its changes are kept */
  drives(isFirst: boolean): Drives {
    const made = this.#files.map(({ path, image, kind }) => ({ path, kind, disk: new MemoryDisk(image) }));
    if (isFirst) this.#kept = made.filter(({ kind }) => kind !== 'cdrom');
    const of = (wanted: string) => made.filter(({ kind }) => kind === wanted).map(({ disk }) => disk);
    return { disks: of('disk'), cdrom: of('cdrom')[0] ?? null, floppy: of('floppy')[0] ?? null };
  }

  /** Writes what has changed back to the files, once. */
  save(): void {
    const kept = this.#snapshot ? [] : this.#kept;
    this.#kept = [];
    for (const { path, disk } of kept) {
      const changes = disk.changedSectors();
      if (changes.length === 0) continue;
      const file = openSync(path, 'r+');
      for (const { sector, data } of changes) writeSync(file, data, 0, data.length, sector * data.length);
      closeSync(file);
    }
  }
}
