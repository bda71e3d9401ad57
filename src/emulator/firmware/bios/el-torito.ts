/**
 * Booting from CD, without emulation or with that of a floppy: Phoenix and IBM, "El Torito" Bootable CD-ROM Format
 * Specification 1.0 (1995).
 */
import type { BlockDevice } from '../../devices/block-device.ts';
import type { Call } from './call.ts';
import { Bda, Ebda, EXTENDED } from './data-area.ts';
import { type BiosDrive, FLOPPY_EQUIPMENT, floppyEquipment } from './drives.ts';
import { fail, type Outcome, type Pc, succeed } from './services.ts';

/** The sector with the boot record volume descriptor. */
export const BOOT_RECORD_SECTOR = 17;
const SPECIFICATION = 'EL TORITO SPECIFICATION';
const SPECIFICATION_PACKET = 0x13;

/** Boot media types that are emulated: sectors a track of a floppy of 80 cylinders and 2 heads, and its CMOS drive type. */
const EMULATED: Readonly<Record<number, readonly [sectors: number, floppyType: number]>> = {
  1: [15, 2],
  2: [18, 4],
  3: [36, 6],
};
const [CYLINDERS, HEADS] = [80, 2];
/** DL of INT 13h/4Bh for whatever is emulated. */
const EVERY_DRIVE = 0x7f;

/** What the initial entry of a boot catalogue says. */
export interface BootEntry {
  /** Boot media type: 0 for no emulation, or a key of `EMULATED`. */
  media: number;
  /** Where it is loaded. */
  segment: number;
  /** Of 512 bytes. */
  sectors: number;
  /** The image's first sector of 2,048 bytes. */
  first: number;
}

/** The catalogue's sector, or `null` where the disc does not boot. @param sector 2,048 bytes of sector 17 */
export function catalogueSector(sector: Uint8Array): number | null {
  const text = (from: number, to: number) => String.fromCharCode(...sector.subarray(from, to));
  if (sector[0] !== 0 || text(1, 6) !== 'CD001' || !text(7, 39).startsWith(SPECIFICATION)) return null;
  return new DataView(sector.buffer, sector.byteOffset).getUint32(0x47, true);
}

/** The initial entry, or why it cannot be booted. @param sector 2,048 bytes of the catalogue */
export function initialEntry(sector: Uint8Array): BootEntry | string {
  const view = new DataView(sector.buffer, sector.byteOffset);
  let sum = 0;
  for (let i = 0; i < 32; i += 2) sum += view.getUint16(i, true);
  if (sector[0] !== 1 || sector[0x1e] !== 0x55 || sector[0x1f] !== 0xaa || (sum & 0xffff) !== 0)
    return 'its boot catalogue has no valid validation entry';
  if (sector[0x20] !== 0x88) return 'its boot catalogue has no bootable entry';
  const media = sector[0x21]! & 0x0f;
  if (media !== 0 && !EMULATED[media])
    return `it wants to be booted as an emulated hard disk (media type ${media}), which is not supported`;
  return {
    media,
    segment: view.getUint16(0x22, true) || 0x7c0,
    sectors: view.getUint16(0x26, true),
    first: view.getUint32(0x28, true),
  };
}

/** Keeps what INT 13h/4Bh tells of the boot; an emulation begins. */
export function rememberBoot(pc: Pc, cdrom: number, { media, segment, sectors, first }: BootEntry): void {
  const packet = new DataView(new ArrayBuffer(SPECIFICATION_PACKET));
  const emulated = EMULATED[media];
  packet.setUint8(0, SPECIFICATION_PACKET);
  packet.setUint8(1, media);
  packet.setUint8(2, emulated ? 0 : cdrom);
  packet.setUint32(4, first, true);
  packet.setUint16(12, segment, true);
  packet.setUint16(14, sectors, true);
  if (emulated) {
    // As INT 13h/08h has them in CH, CL and DH.
    packet.setUint8(16, CYLINDERS - 1);
    packet.setUint8(17, emulated[0]);
    packet.setUint8(18, HEADS - 1);
  }
  pc.data.memory.write(EXTENDED + Ebda.EL_TORITO, new Uint8Array(packet.buffer));
  setEmulation(pc, emulated !== undefined);
}

/** The number of the drive that was booted from: of the CD-ROM, or of the floppy that is emulated. */
export function bootedDrive(pc: Pc): number {
  return pc.data.byte(EXTENDED + Ebda.EL_TORITO + 2);
}

/** INT 19h begins anew: nothing is emulated. */
export function forgetEmulation(pc: Pc): void {
  setEmulation(pc, false);
}

function setEmulation(pc: Pc, active: boolean): void {
  const { data } = pc;
  data.setByte(EXTENDED + Ebda.EMULATION, active ? 1 : 0);
  const others = data.word(Bda.EQUIPMENT) & ~FLOPPY_EQUIPMENT;
  data.setWord(Bda.EQUIPMENT, others | floppyEquipment(presentDrives(pc)));
}

/** The drives as INT 13h has them at present: an emulated floppy is the first, and real ones come after it. */
export function presentDrives(pc: Pc): readonly BiosDrive[] {
  const { data, drives } = pc;
  const emulated = EMULATED[data.byte(EXTENDED + Ebda.EL_TORITO + 1)];
  const disc = drives.find(({ kind }) => kind === 'cdrom');
  if (!disc || !emulated || data.byte(EXTENDED + Ebda.EMULATION) === 0) return drives;
  const [sectors, floppyType] = emulated;
  const geometry = { cylinders: CYLINDERS, heads: HEADS, sectors };
  const medium = new Part(disc.medium, data.dword(EXTENDED + Ebda.EL_TORITO + 4) * 4, CYLINDERS * HEADS * sectors);
  const moved = drives.map((drive) => (drive.kind === 'floppy' ? { ...drive, number: drive.number + 1 } : drive));
  return [{ number: 0, kind: 'floppy', medium, sectorSize: 512, geometry, floppyType, isReadOnly: true }, ...moved];
}

/** A run of sectors of a disc, as far as the disc goes. */
class Part implements BlockDevice {
  readonly sectors: number;
  readonly #disc: BlockDevice;
  readonly #first: number;

  constructor(disc: BlockDevice, first: number, sectors: number) {
    this.#disc = disc;
    this.#first = first;
    this.sectors = Math.max(0, Math.min(sectors, disc.sectors - first));
  }
  read(first: number, count: number): Uint8Array {
    return this.#disc.read(this.#first + first, count);
  }
  write(): void {
    throw new Error('a disc is not written to');
  }
  flush(): void {}
}

/** INT 13h/4Bh: AL=00h ends an emulation, AL=01h only tells. The packet goes to DS:SI. */
export function terminateEmulation(call: Call, pc: Pc): Outcome {
  const packet = pc.data.memory.read(EXTENDED + Ebda.EL_TORITO, SPECIFICATION_PACKET);
  const isMeant = packet[2] === call.dl || call.dl === EVERY_DRIVE;
  if (call.al > 1 || packet[0] === 0 || !isMeant) return fail(call, 0x01);
  call.memory.write(call.address('ds', call.si), packet);
  if (call.al === 0) forgetEmulation(pc);
  call.ah = 0;
  return succeed(call);
}
