/**
 * INT 13h: sectors by cylinder, head and sector, and the extensions. IBM PS/2 and PC BIOS Interface Technical Reference;
 * T13 1572D (BIOS Enhanced Disk Drive Services 3), whose names the functions have here.
 *
 * The driver behind it moves sectors between the medium and memory itself; the registers of the ATA channel stay as they
 * are. A transfer takes virtual time, and is done when that is over.
 */
import { INSTRUCTIONS_PER_SECOND } from '../../devices/clock.ts';
import type { Call } from './call.ts';
import { Bda, Ebda, EXTENDED } from './data-area.ts';
import type { BiosDrive } from './drives.ts';
import { presentDrives, terminateEmulation } from './el-torito.ts';
import { fail, hex, type Outcome, type Pc, succeed, Unimplemented } from './services.ts';

/** What INT 13h returns in AH. */
const Status = { OK: 0x00, INVALID: 0x01, NOT_FOUND: 0x04, WRITE_PROTECTED: 0x03, LOCKED: 0xb1 } as const;

/** In instruction times: as the ATA drive needs (devices/ide/registers.ts). Floppies and CDs are as fast. */
const COMMAND_TIME = INSTRUCTIONS_PER_SECOND / 10_000;
const TIME_PER_512_BYTES = INSTRUCTIONS_PER_SECOND / 100_000;

/** Diskette parameter table in the ROM, which AH=08h points to. */
export const DISKETTE_PARAMETERS = 0xefc7;

interface Request {
  kind: 'read' | 'write' | 'verify';
  /** The first sector, of the drive's own size. */
  first: number;
  count: number;
  /** Linear. */
  buffer: number;
}

export class DiskService {
  readonly #pc: Pc;
  readonly #unimplemented: Unimplemented;

  constructor(pc: Pc) {
    this.#pc = pc;
    this.#unimplemented = new Unimplemented(pc.log);
  }

  readonly start = (call: Call): Outcome => {
    const drive = this.#drive(call.dl);
    if (call.ah === 0x4b) return terminateEmulation(call, this.#pc);
    if (!drive) return this.#noDrive(call);
    const asksStatus = call.ah === 0x01;
    const outcome = call.ah >= 0x41 ? this.#extended(call, drive) : this.#classic(call, drive);
    if (outcome === 'done' && !asksStatus) this.#note(drive, call);
    return outcome;
  };

  /** The transfer that the caller's registers still describe. */
  readonly resume = (call: Call): Outcome => {
    const { data, now } = this.#pc;
    if (now() < data.double(EXTENDED + Ebda.DISK_DEADLINE)) return 'spin';
    const drive = this.#drive(call.dl)!;
    const request = call.ah >= 0x41 ? packetRequest(call, drive) : chsRequest(call, drive);
    if (!request) return fail(call, Status.INVALID);
    this.#transfer(call, drive, request);
    if (call.ah < 0x41) call.al = request.count;
    call.ah = Status.OK;
    succeed(call);
    this.#note(drive, call);
    return 'done';
  };

  /** AH=08h and AH=15h are asked of drives that may not be there. */
  #noDrive(call: Call): Outcome {
    if (call.ah === 0x15) {
      call.ah = 0;
      return succeed(call);
    }
    if (call.ah === 0x08 && call.dl < 0x80) {
      [call.bx, call.cx, call.dx, call.ax] = [0, 0, this.#count('floppy'), 0];
      return succeed(call);
    }
    return fail(call, Status.INVALID);
  }

  #classic(call: Call, drive: BiosDrive): Outcome {
    switch (call.ah) {
      case 0x00: // reset
      case 0x05: // format track: a medium of sectors has its format
      case 0x09: // initialise drive parameters
      case 0x0c: // seek
      case 0x0d: // reset hard disks
      case 0x10: // test ready
      case 0x11: // recalibrate
      case 0x14: // controller diagnostic
      case 0x16: // disk change: none
      case 0x17: // set disk type, media type for format
      case 0x18:
        call.ah = Status.OK;
        return succeed(call);
      case 0x01: {
        const status = this.#pc.data.byte(this.#statusAt(drive));
        call.ah = status;
        call.carry = status !== 0;
        return 'done';
      }
      case 0x02: // read, write, verify sectors
      case 0x03:
      case 0x04:
        return this.#begin(call, drive, chsRequest(call, drive));
      case 0x08:
        return this.#parameters(call, drive);
      case 0x15:
        return this.#type(call, drive);
      default:
        return this.#unknown(call);
    }
  }

  #extended(call: Call, drive: BiosDrive): Outcome {
    if (drive.kind === 'floppy') return fail(call, Status.INVALID);
    switch (call.ah) {
      case 0x41: // check extensions present
        if (call.bx !== 0x55aa) return fail(call, Status.INVALID);
        call.bx = 0xaa55;
        // Version 3.0: extended access, locking and ejecting, drive parameters.
        call.ah = 0x30;
        call.cx = 0x0007;
        return succeed(call);
      case 0x42: // extended read, write, verify
      case 0x43:
      case 0x44:
        return this.#begin(call, drive, packetRequest(call, drive));
      case 0x47: // extended seek
        call.ah = Status.OK;
        return succeed(call);
      case 0x45: // lock and unlock: the disc stays in
        call.al = 0;
        call.ah = Status.OK;
        return succeed(call);
      case 0x46: // eject
        return fail(call, drive.kind === 'cdrom' ? Status.LOCKED : Status.INVALID);
      case 0x48:
        return this.#extendedParameters(call, drive);
      case 0x49: // media change: none
        call.ah = Status.OK;
        return succeed(call);
      case 0x4e: // set hardware configuration: PIO and no prefetch are what there is
        if (call.al !== 1 && call.al !== 4 && call.al !== 6) return fail(call, Status.INVALID);
        call.ax = 0;
        return succeed(call);
      default:
        return this.#unknown(call);
    }
  }

  #begin(call: Call, drive: BiosDrive, request: Request | null): Outcome {
    if (!request) return this.#nothingMoved(call, Status.INVALID);
    const { sectors } = drive.medium;
    const per = drive.sectorSize / 512;
    if (request.first < 0 || (request.first + request.count) * per > sectors)
      return this.#nothingMoved(call, Status.NOT_FOUND);
    if (request.kind === 'write' && drive.isReadOnly) return this.#nothingMoved(call, Status.WRITE_PROTECTED);
    const { data, now } = this.#pc;
    data.setDouble(EXTENDED + Ebda.DISK_DEADLINE, now() + COMMAND_TIME + TIME_PER_512_BYTES * per * request.count);
    return 'spin';
  }

  #nothingMoved(call: Call, status: number): Outcome {
    if (call.ah >= 0x42 && call.ah <= 0x44) this.#pc.data.setWord(call.address('ds', call.si + 2), 0);
    else call.al = 0;
    return fail(call, status);
  }

  #transfer(call: Call, drive: BiosDrive, { kind, first, count, buffer }: Request): void {
    const per = drive.sectorSize / 512;
    const { memory } = call;
    if (kind === 'read') memory.write(buffer, drive.medium.read(first * per, count * per));
    else if (kind === 'write') drive.medium.write(first * per, memory.read(buffer, count * drive.sectorSize));
  }

  #parameters(call: Call, drive: BiosDrive): Outcome {
    if (drive.kind === 'cdrom') return fail(call, Status.INVALID);
    const { cylinders, heads, sectors } = drive.geometry;
    // The last cylinder of a hard disk was kept for diagnostics, and is not told of.
    const last = Math.max(0, drive.kind === 'floppy' ? cylinders - 1 : cylinders - 2);
    call.cx = ((last & 0xff) << 8) | ((last >> 2) & 0xc0) | sectors;
    call.dx = ((heads - 1) << 8) | this.#count(drive.kind);
    call.ax = 0;
    if (drive.kind === 'floppy') {
      call.bx = drive.floppyType;
      call.es = 0xf000;
      call.di = DISKETTE_PARAMETERS;
    }
    return succeed(call);
  }

  #type(call: Call, drive: BiosDrive): Outcome {
    if (drive.kind === 'disk') {
      call.ah = 3;
      const { cylinders, heads, sectors } = drive.geometry;
      // As AH=08h tells them.
      const total = (cylinders - 1) * heads * sectors;
      call.cx = total >>> 16;
      call.dx = total & 0xffff;
    } else call.ah = drive.kind === 'floppy' ? 1 : 0;
    return succeed(call);
  }

  /** Of the result buffer at DS:SI as much is filled as it has room for: 26 bytes (version 1), or 30 (2 and 3). */
  #extendedParameters(call: Call, drive: BiosDrive): Outcome {
    const at = call.address('ds', call.si);
    const room = this.#pc.data.word(at);
    if (room < 26) return fail(call, Status.INVALID);
    const size = room >= 30 ? 30 : 26;
    const view = new DataView(new ArrayBuffer(size));
    const total = Math.floor(drive.medium.sectors / (drive.sectorSize / 512));
    const { cylinders, heads, sectors } = drive.geometry;
    const removable = 0x04 | 0x10 | 0x20 | 0x40;
    view.setUint16(0, size, true);
    // Bit 1: the geometry is valid. A CD-ROM is removable, tells of changes, can be locked, and has no geometry.
    view.setUint16(2, drive.kind === 'cdrom' ? removable : 0x02, true);
    if (drive.kind === 'disk') {
      // The geometry of the drive, which may have more cylinders than AH=08h can tell.
      const physical = Math.min(16_383, Math.floor(drive.medium.sectors / (16 * 63)));
      view.setUint32(4, Math.max(physical, cylinders > 0 ? 1 : 0), true);
      view.setUint32(8, Math.min(16, heads), true);
      view.setUint32(12, sectors, true);
    }
    view.setBigUint64(16, BigInt(total), true);
    view.setUint16(24, drive.sectorSize, true);
    // No device parameter table extension.
    if (size >= 30) view.setUint32(26, 0xffffffff, true);
    call.memory.write(at, new Uint8Array(view.buffer));
    call.ah = Status.OK;
    return succeed(call);
  }

  #unknown(call: Call): Outcome {
    this.#unimplemented.say(`INT 13h AH=${hex(call.ah)}`);
    return fail(call, Status.INVALID);
  }

  #count(kind: BiosDrive['kind']): number {
    return presentDrives(this.#pc).filter((drive) => drive.kind === kind).length;
  }
  #drive(wanted: number): BiosDrive | undefined {
    return presentDrives(this.#pc).find(({ number }) => number === wanted);
  }
  #statusAt(drive: BiosDrive): number {
    return drive.kind === 'floppy' ? Bda.FLOPPY_STATUS : Bda.DISK_STATUS;
  }
  /** AH=01h tells how the last operation ended. */
  #note(drive: BiosDrive, call: Call): void {
    this.#pc.data.setByte(this.#statusAt(drive), call.carry ? call.ah : 0);
  }
}

const KINDS = { 2: 'read', 3: 'write', 4: 'verify' } as const;

/** AH=02h to 04h: CH and the upper bits of CL the cylinder, CL the sector, DH the head, AL the count, ES:BX the buffer. */
function chsRequest(call: Call, drive: BiosDrive): Request | null {
  const cylinder = call.ch | ((call.cl & 0xc0) << 2);
  const [sector, head, count] = [call.cl & 0x3f, call.dh, call.al];
  const { cylinders, heads, sectors } = drive.geometry;
  if (drive.kind === 'cdrom' || count === 0 || count > 128 || sector === 0 || sector > sectors) return null;
  if (cylinder >= cylinders || head >= heads) return null;
  const first = (cylinder * heads + head) * sectors + sector - 1;
  return { kind: KINDS[call.ah as 2 | 3 | 4], first, count, buffer: call.address('es', call.bx) };
}

/** AH=42h to 44h: the disk address packet at DS:SI. */
function packetRequest(call: Call, drive: BiosDrive): Request | null {
  const at = call.address('ds', call.si);
  const { view } = call.memory;
  const size = view.getUint8(at);
  const count = view.getUint16(at + 2, true);
  if (size < 16 || count * drive.sectorSize > 0x10000 * 2) return null;
  const [offset, segment] = [view.getUint16(at + 4, true), view.getUint16(at + 6, true)];
  // FFFF:FFFF stands for a flat 64-bit address behind.
  const flat = segment === 0xffff && offset === 0xffff && size >= 24;
  const buffer = flat ? Number(view.getBigUint64(at + 16, true)) : segment * 16 + offset;
  const first = Number(view.getBigUint64(at + 8, true));
  return { kind: KINDS[(call.ah - 0x40) as 2 | 3 | 4], first, count, buffer };
}
