/**
 * Booting from CD without emulation: Phoenix and IBM, "El Torito" Bootable CD-ROM Format Specification 1.0 (1995).
 */
import type { Call } from './call.ts';
import { Ebda, EXTENDED } from './data-area.ts';
import { fail, type Outcome, type Pc, succeed } from './services.ts';

/** The sector with the boot record volume descriptor. */
export const BOOT_RECORD_SECTOR = 17;
const SPECIFICATION = 'EL TORITO SPECIFICATION';
const SPECIFICATION_PACKET = 0x13;

/** What the initial entry of a boot catalogue says. */
export interface BootEntry {
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
  if (media !== 0) return `it wants to be booted as an emulated disk (media type ${media}), which is not supported`;
  return {
    segment: view.getUint16(0x22, true) || 0x7c0,
    sectors: view.getUint16(0x26, true),
    first: view.getUint32(0x28, true),
  };
}

/** Keeps what INT 13h/4Bh tells of the boot. */
export function rememberBoot(pc: Pc, drive: number, { segment, sectors, first }: BootEntry): void {
  const packet = new DataView(new ArrayBuffer(SPECIFICATION_PACKET));
  packet.setUint8(0, SPECIFICATION_PACKET);
  packet.setUint8(2, drive);
  packet.setUint32(4, first, true);
  packet.setUint16(12, segment, true);
  packet.setUint16(14, sectors, true);
  pc.data.memory.write(EXTENDED + Ebda.EL_TORITO, new Uint8Array(packet.buffer));
}

/** INT 13h/4Bh: AL=00h ends an emulation, which there is none of, AL=01h only tells. The packet goes to DS:SI. */
export function terminateEmulation(call: Call, pc: Pc): Outcome {
  const packet = pc.data.memory.read(EXTENDED + Ebda.EL_TORITO, SPECIFICATION_PACKET);
  if (call.al > 1 || packet[0] === 0 || packet[2] !== call.dl) return fail(call, 0x01);
  call.memory.write(call.address('ds', call.si), packet);
  call.ah = 0;
  return succeed(call);
}
