/**
 * INT 19h: finds a device to boot from, loads its boot sector or boot image, and tells the ROM to jump there.
 * BIOS Boot Specification 1.01 (Compaq, Phoenix, Intel), section 6; El Torito 1.0.
 *
 * The ROM asks for the next step until there is none. A step may leave an INT 13h in the registers, which the ROM
 * executes; how it went is seen in the step after it.
 */
import { CF, FIXED, IF } from '../../cpu/flags.ts';
import { RAX, RBP, RBX, RCX, RDI, RDX, RSI, RSP } from '../../cpu/layout.ts';
import type { CpuState } from '../../cpu/state.ts';
import { Call } from './call.ts';
import { Ebda, EXTENDED } from './data-area.ts';
import type { BiosDrive } from './drives.ts';
import {
  BOOT_RECORD_SECTOR,
  type BootEntry,
  bootedDrive,
  catalogueSector,
  forgetEmulation,
  initialEntry,
  rememberBoot,
} from './el-torito.ts';
import type { BootDevice, Pc } from './services.ts';

/** What the ROM does next: the INT 13h that is set up, the jump that lies on the stack, or nothing any more. */
export type BootStep = 'disk' | 'jump' | 'none';

const BOOT_SECTOR = 0x7c00;
const CD_SECTOR = 2048;
const KINDS: Readonly<Record<BootDevice, BiosDrive['kind']>> = { a: 'floppy', c: 'disk', d: 'cdrom' };
const NAMES: Readonly<Record<BiosDrive['kind'], string>> = { floppy: 'floppy', disk: 'hard disk', cdrom: 'CD-ROM' };

/** How far a device has come. */
const Stage = { BEGIN: 0, SECTOR_READ: 1, DESCRIPTOR_READ: 2, CATALOGUE_READ: 3, IMAGE_READ: 4 } as const;

export class BootService {
  readonly #pc: Pc;
  readonly #state: CpuState;
  readonly #print: (text: string) => void;

  constructor(pc: Pc, state: CpuState, print: (text: string) => void) {
    this.#pc = pc;
    this.#state = state;
    this.#print = print;
  }

  /** INT 19h begins. */
  begin(): void {
    this.#device = 0;
    this.#stage = Stage.BEGIN;
    forgetEmulation(this.#pc);
  }

  next(): BootStep {
    for (;;) {
      const device = this.#pc.bootOrder[this.#device];
      if (device === undefined) {
        this.#print('\r\nNo bootable device.\r\n');
        return 'none';
      }
      const drive = this.#pc.drives.find(({ kind }) => kind === KINDS[device]);
      const step = drive ? this.#step(drive) : null;
      if (step) return step;
      this.#device++;
      this.#stage = Stage.BEGIN;
    }
  }

  /** `null` when the device does not boot. */
  #step(drive: BiosDrive): BootStep | null {
    const failed = (this.#state.rflags & CF) !== 0;
    const { memory } = this.#pc.data;
    const refuse = (why: string) => {
      this.#print(`Boot failed: ${why}.\r\n`);
      return null;
    };
    switch (this.#stage) {
      case Stage.BEGIN:
        this.#print(`Booting from ${NAMES[drive.kind]}...\r\n`);
        return drive.kind === 'cdrom'
          ? this.#readCd(drive, BOOT_RECORD_SECTOR, 1, 0, Stage.DESCRIPTOR_READ)
          : this.#readSector(drive);
      case Stage.SECTOR_READ:
        if (failed) return refuse('could not read the boot sector');
        if (this.#pc.data.word(BOOT_SECTOR + 510) !== 0xaa55) return refuse('not a bootable disk');
        return this.#jump(drive.number, 0, BOOT_SECTOR);
      case Stage.DESCRIPTOR_READ: {
        const catalogue = failed ? null : catalogueSector(memory.read(BOOT_SECTOR, CD_SECTOR));
        if (catalogue === null) return refuse('not a bootable CD-ROM');
        return this.#readCd(drive, catalogue, 1, 0, Stage.CATALOGUE_READ);
      }
      case Stage.CATALOGUE_READ: {
        const entry = failed ? 'its boot catalogue cannot be read' : initialEntry(memory.read(BOOT_SECTOR, CD_SECTOR));
        return typeof entry === 'string' ? refuse(entry) : this.#readImage(drive, entry);
      }
      default: {
        if (failed) return refuse('could not read the boot image');
        const segment = this.#pc.data.word(EXTENDED + Ebda.ADDRESS_PACKET + 6);
        const booted = bootedDrive(this.#pc);
        return segment === 0x7c0 ? this.#jump(booted, 0, BOOT_SECTOR) : this.#jump(booted, segment, 0);
      }
    }
  }

  /** INT 13h/02h: the first sector of a disk. */
  #readSector(drive: BiosDrive): BootStep {
    const call = this.#call();
    call.ax = 0x0201;
    call.bx = BOOT_SECTOR;
    call.cx = 0x0001;
    call.dx = drive.number;
    call.es = 0;
    this.#stage = Stage.SECTOR_READ;
    return 'disk';
  }

  #readImage(drive: BiosDrive, entry: BootEntry): BootStep {
    rememberBoot(this.#pc, drive.number, entry);
    return this.#readCd(drive, entry.first, Math.ceil(entry.sectors / 4), entry.segment, Stage.IMAGE_READ);
  }
  /** INT 13h/42h: sectors of 2,048 bytes to a segment, or to where boot sectors go for segment 0. */
  #readCd(drive: BiosDrive, sector: number, count: number, segment: number, then: number): BootStep {
    const packet = new DataView(new ArrayBuffer(16));
    packet.setUint8(0, 16);
    packet.setUint16(2, count, true);
    packet.setUint16(6, segment || BOOT_SECTOR >> 4, true);
    packet.setUint32(8, sector, true);
    this.#pc.data.memory.write(EXTENDED + Ebda.ADDRESS_PACKET, new Uint8Array(packet.buffer));
    const call = this.#call();
    call.ax = 0x4200;
    call.dx = drive.number;
    call.si = Ebda.ADDRESS_PACKET;
    const ds = this.#state.segment('ds');
    this.#state.setSegment('ds', { ...ds, selector: EXTENDED >> 4, base: BigInt(EXTENDED) });
    this.#stage = then;
    return 'disk';
  }

  /** The frame that the ROM's IRET takes: interrupts on, DL the drive, and the stack below the boot sector. */
  #jump(drive: number, segment: number, offset: number): BootStep {
    const { data } = this.#pc;
    const state = this.#state;
    for (const register of [RAX, RBX, RCX, RSI, RDI, RBP]) state.setGpr(register, 0n);
    state.setGpr(RDX, BigInt(drive));
    for (const name of ['ds', 'es', 'ss'] as const)
      state.setSegment(name, { ...state.segment(name), selector: 0, base: 0n });
    const frame = BOOT_SECTOR - 6;
    data.setWord(frame, offset);
    data.setWord(frame + 2, segment);
    data.setWord(frame + 4, FIXED | IF);
    state.setGpr(RSP, BigInt(frame));
    return 'jump';
  }

  #call(): Call {
    return new Call(this.#state, this.#pc.data.memory);
  }
  get #device(): number {
    return this.#pc.data.byte(EXTENDED + Ebda.BOOT_DEVICE);
  }
  set #device(value: number) {
    this.#pc.data.setByte(EXTENDED + Ebda.BOOT_DEVICE, value);
  }
  get #stage(): number {
    return this.#pc.data.byte(EXTENDED + Ebda.BOOT_STAGE);
  }
  set #stage(value: number) {
    this.#pc.data.setByte(EXTENDED + Ebda.BOOT_STAGE, value);
  }
}
