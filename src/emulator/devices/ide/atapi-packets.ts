/**
 * The packet commands of a CD-ROM drive. INF-8020i revision 2.6 (ATA packet interface for CD-ROMs) and MMC-3
 * (T10/1363-D revision 10g), whose names the commands have here.
 */
import { type BlockDevice, SECTOR_SIZE } from '../block-device.ts';

export const CD_SECTOR_SIZE = 2048;
const PER_CD_SECTOR = CD_SECTOR_SIZE / SECTOR_SIZE;

/** Sense key, additional sense code and its qualifier: MMC-3, annex A. */
export interface Sense {
  key: number;
  code: number;
  qualifier: number;
}
export const SENSE = {
  NONE: { key: 0, code: 0, qualifier: 0 },
  NO_SUCH_COMMAND: { key: 5, code: 0x20, qualifier: 0 },
  OUT_OF_RANGE: { key: 5, code: 0x21, qualifier: 0 },
  INVALID_FIELD: { key: 5, code: 0x24, qualifier: 0 },
  PAGE_NOT_SUPPORTED: { key: 5, code: 0x39, qualifier: 0 },
  /** Power on or reset occurred. */
  POWER_ON: { key: 6, code: 0x29, qualifier: 0 },
} as const satisfies Record<string, Sense>;

/** What a packet leads to: data for the host, read as it is sent, or an end with or without an error. */
export type PacketResult = { length: number; read: (from: number, to: number) => Uint8Array } | { sense: Sense };

const READ_CAPACITY = 0x25;
const INQUIRY = 0x12;
const REQUEST_SENSE = 0x03;
const GET_EVENT_STATUS = 0x4a;

export class Packets {
  readonly #medium: BlockDevice;
  /** Of the last command, for REQUEST SENSE. */
  #sense: Sense = SENSE.NONE;
  /** The first command after power-on is told of it. */
  #attention = true;

  constructor(medium: BlockDevice) {
    this.#medium = medium;
  }
  powerOn(): void {
    this.#sense = SENSE.NONE;
    this.#attention = true;
  }

  /** @param packet 12 bytes */
  execute(packet: Uint8Array): PacketResult {
    const code = packet[0]!;
    const informs = code === INQUIRY || code === REQUEST_SENSE || code === GET_EVENT_STATUS;
    const result = this.#attention && !informs ? { sense: SENSE.POWER_ON } : this.#execute(code, packet);
    if (!informs || code === REQUEST_SENSE) this.#attention = false;
    if (code !== REQUEST_SENSE) this.#sense = 'sense' in result ? result.sense : SENSE.NONE;
    else this.#sense = SENSE.NONE;
    return result;
  }

  #execute(code: number, packet: Uint8Array): PacketResult {
    const p = new DataView(packet.buffer, packet.byteOffset, packet.length);
    switch (code) {
      case 0x00: // TEST UNIT READY
      case 0x1b: // START STOP UNIT
      case 0x1e: // PREVENT ALLOW MEDIUM REMOVAL
        return { sense: SENSE.NONE };
      case 0x2b: // SEEK
        return { sense: p.getUint32(2) < this.#cdSectors ? SENSE.NONE : SENSE.OUT_OF_RANGE };
      case REQUEST_SENSE:
        return data(this.#requestSense(), packet[4]!);
      case INQUIRY:
        // The second byte asks for vital product data, which there is none of.
        return packet[1]! & 1 ? { sense: SENSE.INVALID_FIELD } : data(inquiry(), packet[4]!);
      case READ_CAPACITY:
        return data(words(this.#cdSectors - 1, CD_SECTOR_SIZE), 8);
      case 0x28: // READ (10)
        return this.#read(p.getUint32(2), p.getUint16(7));
      case 0xa8: // READ (12)
        return this.#read(p.getUint32(2), p.getUint32(6));
      case 0x43: // READ TOC/PMA/ATIP
        return this.#readToc(packet, p.getUint16(7));
      case GET_EVENT_STATUS:
        return packet[1]! & 1 ? data(eventStatus(packet[4]!), p.getUint16(7)) : { sense: SENSE.INVALID_FIELD };
      case 0x5a: // MODE SENSE (10)
        return modeSense(packet[2]!, p.getUint16(7));
      default:
        return { sense: SENSE.NO_SUCH_COMMAND };
    }
  }

  get #cdSectors(): number {
    return Math.floor(this.#medium.sectors / PER_CD_SECTOR);
  }

  #read(first: number, count: number): PacketResult {
    if (first + count > this.#cdSectors) return { sense: SENSE.OUT_OF_RANGE };
    if (count === 0) return { sense: SENSE.NONE };
    const read = (from: number, to: number): Uint8Array => {
      const start = first * CD_SECTOR_SIZE + from;
      const sector = Math.floor(start / SECTOR_SIZE);
      const end = Math.ceil((first * CD_SECTOR_SIZE + to) / SECTOR_SIZE);
      const offset = start - sector * SECTOR_SIZE;
      return this.#medium.read(sector, end - sector).subarray(offset, offset + to - from);
    };
    return { length: count * CD_SECTOR_SIZE, read };
  }

  /** Fixed format: MMC-3, table 304 and SPC-2. */
  #requestSense(): Uint8Array {
    const sense = this.#attention ? SENSE.POWER_ON : this.#sense;
    const bytes = new Uint8Array(18);
    bytes[0] = 0x70;
    bytes[2] = sense.key;
    bytes[7] = 10;
    bytes[12] = sense.code;
    bytes[13] = sense.qualifier;
    return bytes;
  }

  /** Formats 0 (the table of contents: one data track and the lead-out) and 1 (sessions). */
  #readToc(packet: Uint8Array, allocation: number): PacketResult {
    const minutes = (packet[1]! & 2) !== 0;
    const format = packet[2]! & 0x0f || packet[9]! >> 6;
    const address = (sector: number) => (minutes ? minuteSecondFrame(sector) : words(sector));
    const track = (number: number, sector: number) => [0, 0x14, number, 0, ...address(sector)];
    if (format === 1) return data(Uint8Array.of(0, 10, 1, 1, ...track(1, 0)), allocation);
    if (format !== 0) return { sense: SENSE.INVALID_FIELD };
    const from = packet[6]!;
    if (from > 1 && from !== LEAD_OUT) return { sense: SENSE.INVALID_FIELD };
    const tracks = [...(from <= 1 ? track(1, 0) : []), ...track(LEAD_OUT, this.#cdSectors)];
    return data(Uint8Array.of(0, tracks.length + 2, 1, 1, ...tracks), allocation);
  }
}

const LEAD_OUT = 0xaa;

/** At most as many bytes as the host has set aside; none at all is no error. */
function data(bytes: Uint8Array, allocation: number): PacketResult {
  const length = Math.min(bytes.length, allocation);
  return length === 0 ? { sense: SENSE.NONE } : { length, read: (from, to) => bytes.slice(from, to) };
}

/** Big-endian 32-bit words. */
function words(...values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, i) => {
    view.setUint32(i * 4, value);
  });
  return new Uint8Array(view.buffer);
}
/** Reserved, minute, second, frame; two seconds of lead-in come before sector 0. */
function minuteSecondFrame(sector: number): number[] {
  const frames = sector + 150;
  return [0, Math.floor(frames / 4500), Math.floor(frames / 75) % 60, frames % 75];
}

function inquiry(): Uint8Array {
  const bytes = new Uint8Array(36);
  // CD-ROM, removable, no claim to a SCSI version, the response format of ATAPI; 31 bytes follow.
  bytes.set([0x05, 0x80, 0x00, 0x21, 31]);
  bytes.set(new TextEncoder().encode('TOYVM   CD-ROM          1.0 '), 8);
  return bytes;
}

/** MMC-3, 6.7: the media class alone is reported, and nothing ever happens to the disc. */
function eventStatus(requested: number): Uint8Array {
  const MEDIA = 4;
  const supported = 1 << MEDIA;
  if (!(requested & supported)) return Uint8Array.of(0, 2, 0x80, supported);
  return Uint8Array.of(0, 6, MEDIA, supported, 0, 0x02, 0, 0);
}

/** MMC-3, 7.11: the pages for error recovery (1) and capabilities (2A), or both (3F); current values. */
function modeSense(pageCode: number, allocation: number): PacketResult {
  const recovery = [0x01, 0x06, 0, 5, 0, 0, 0, 0];
  // Reads CD-R and CD-RW as well; no audio; a tray that can be locked and opened; 24x in kB/s; 128 KiB buffer.
  const capabilities = [0x2a, 0x12, 0x03, 0, 0, 0, 0x29, 0, 0x10, 0x8a, 0, 0, 0, 128, 0x10, 0x8a, 0, 0, 0, 0];
  const pages: Readonly<Record<number, number[]>> = {
    1: recovery,
    42: capabilities,
    63: [...recovery, ...capabilities],
  };
  const page = pages[pageCode & 0x3f];
  if (pageCode >> 6 === 3) return { sense: SENSE.PAGE_NOT_SUPPORTED };
  if (!page) return { sense: SENSE.INVALID_FIELD };
  // Length of what follows; 120 mm data disc in the drive; no block descriptors.
  return data(Uint8Array.of(0, page.length + 6, 0x01, 0, 0, 0, 0, 0, ...page), allocation);
}
