/**
 * A disk drive with the General feature set, 48-bit addresses and a write cache. ATA/ATAPI-6 (T13/1410D revision 3b),
 * clause 8; what older hosts use besides (CHS addresses, INITIALIZE DEVICE PARAMETERS, RECALIBRATE) as ATA-3 has it.
 */
import { type BlockDevice, SECTOR_SIZE } from '../block-device.ts';
import { IdeDrive } from './drive.ts';
import { commonCapabilities, IdentifyBlock, names } from './identify.ts';
import * as R from './registers.ts';
import { AtaError, Duration, Status } from './registers.ts';

/** Cylinders, heads and sectors a track. */
export interface Geometry {
  cylinders: number;
  heads: number;
  sectors: number;
}

/** What drives report for old hosts: 16 heads and 63 sectors, and at most 16,383 cylinders (IDENTIFY DEVICE, annex B). */
export function defaultGeometry(totalSectors: number): Geometry {
  const cylinders = Math.min(16_383, Math.max(1, Math.floor(totalSectors / (16 * 63))));
  return { cylinders, heads: 16, sectors: 63 };
}

/** The most sectors that one block of READ or WRITE MULTIPLE can have. */
const MOST_MULTIPLE = 16;
/** 16,383 cylinders of 16 heads and 63 sectors. */
const MOST_CHS = 16_514_064;
const LBA28_SECTORS = 0x0fffffff;

/** How a command names its sectors. */
type Addressing = '28' | '48';

interface Access {
  /** The next sector. */
  lba: number;
  /** Sectors left. */
  left: number;
  /** Sectors moved at each interrupt. */
  block: number;
  addressing: Addressing;
}

export class AtaDisk extends IdeDrive {
  readonly medium: BlockDevice;
  protected readonly identity = [0, 0] as const;
  protected readonly idleAfterReset = Status.DRDY | Status.DSC;
  readonly #serial: string;
  readonly #default: Geometry;
  #geometry: Geometry;
  #multiple = 0;
  #writeCache = true;
  #sleeps = false;

  /** @param serial shown in IDENTIFY DEVICE, at most 20 characters */
  constructor(medium: BlockDevice, serial: string) {
    super();
    this.medium = medium;
    this.#serial = serial;
    this.#default = defaultGeometry(medium.sectors);
    this.#geometry = this.#default;
  }

  protected resetSettings(): void {
    this.#geometry = this.#default;
    this.#multiple = 0;
    this.#writeCache = true;
    this.#sleeps = false;
  }
  protected overrides(): boolean {
    return false;
  }
  override softReset(): void {
    this.#sleeps = false;
    super.softReset();
  }

  protected execute(command: number): void {
    const action = this.#commands.get(command);
    if (this.#sleeps) this.status = 0;
    else if (action) action();
    else this.busyFor(Duration.COMMAND, () => this.abort());
  }

  /** By command code; those with and without retries are the same. */
  readonly #commands = new Map<number, () => void>([
    [0x20, () => this.#read('28', 1)], // READ SECTORS
    [0x21, () => this.#read('28', 1)],
    [0x24, () => this.#read('48', 1)], // READ SECTORS EXT
    [0xc4, () => this.#read('28', this.#multiple)], // READ MULTIPLE
    [0x29, () => this.#read('48', this.#multiple)], // READ MULTIPLE EXT
    [0x30, () => this.#write('28', 1)], // WRITE SECTORS
    [0x31, () => this.#write('28', 1)],
    [0x34, () => this.#write('48', 1)], // WRITE SECTORS EXT
    [0xc5, () => this.#write('28', this.#multiple)], // WRITE MULTIPLE
    [0x39, () => this.#write('48', this.#multiple)], // WRITE MULTIPLE EXT
    [0x40, () => this.#verify('28')], // READ VERIFY SECTORS
    [0x41, () => this.#verify('28')],
    [0x42, () => this.#verify('48')], // READ VERIFY SECTORS EXT
    [0x70, () => this.#seek()], // SEEK
    [0xe7, () => this.#flush()], // FLUSH CACHE
    [0xea, () => this.#flush()], // FLUSH CACHE EXT
    [0xec, () => this.busyFor(Duration.COMMAND, () => this.send(this.#identify(), () => this.succeed(false)))],
    [0xc6, () => this.#setMultiple(this.registers[R.SECTOR_COUNT]!)], // SET MULTIPLE MODE
    [0xef, () => this.#setFeatures(this.registers[R.FEATURES]!)], // SET FEATURES
    [0x91, () => this.#setGeometry()], // INITIALIZE DEVICE PARAMETERS
    [0x10, () => this.#nothingToDo()], // RECALIBRATE
    [0x90, () => this.#diagnose()], // EXECUTE DEVICE DIAGNOSTIC
    [0xf8, () => this.#readNativeMax('28')], // READ NATIVE MAX ADDRESS
    [0x27, () => this.#readNativeMax('48')], // READ NATIVE MAX ADDRESS EXT
    [0xe5, () => this.#checkPowerMode()], // CHECK POWER MODE
    [0xe0, () => this.#flush()], // STANDBY IMMEDIATE
    [0xe2, () => this.#flush()], // STANDBY
    [0xe1, () => this.#nothingToDo()], // IDLE IMMEDIATE
    [0xe3, () => this.#nothingToDo()], // IDLE
    [0xe6, () => this.#sleep()], // SLEEP
  ]);

  #flush(): void {
    this.busyFor(Duration.FLUSH, () => {
      this.medium.flush();
      this.succeed();
    });
  }
  /** Only a reset wakes it. */
  #sleep(): void {
    this.#sleeps = true;
    this.#flush();
  }
  /** The mode is always "active or idle". */
  #checkPowerMode(): void {
    this.registers[R.SECTOR_COUNT] = 0xff;
    this.#nothingToDo();
  }
  #diagnose(): void {
    this.busyFor(Duration.RESET, () => {
      this.signature();
      this.succeed();
    });
  }
  #nothingToDo(): void {
    this.busyFor(Duration.COMMAND, () => this.succeed());
  }

  /** @param block sectors at each interrupt; 0 while multiple mode is off */
  #read(addressing: Addressing, block: number): void {
    if (block === 0) {
      this.abort();
      return;
    }
    const access = this.#access(addressing, block);
    this.busyFor(Duration.COMMAND, () => this.#readBlock(access));
  }
  #readBlock(access: Access): void {
    const count = this.#inRange(access);
    if (count === 0) {
      this.#notFound(access);
      return;
    }
    this.send(this.medium.read(access.lba, count), () => {
      this.#advance(access, count);
      if (access.left === 0) this.succeed(false);
      else this.busyFor(Duration.SECTOR * Math.min(access.block, access.left), () => this.#readBlock(access));
    });
  }

  #write(addressing: Addressing, block: number): void {
    if (block === 0) {
      this.abort();
      return;
    }
    const access = this.#access(addressing, block);
    this.busyFor(Duration.COMMAND, () => this.#writeBlock(access, false));
  }
  #writeBlock(access: Access, interrupt: boolean): void {
    const count = this.#inRange(access);
    if (count === 0) {
      this.#notFound(access);
      return;
    }
    this.receive(count * SECTOR_SIZE, interrupt, (data) =>
      this.busyFor(Duration.SECTOR * count + (this.#writeCache ? 0 : Duration.FLUSH), () => {
        this.medium.write(access.lba, data);
        if (!this.#writeCache) this.medium.flush();
        this.#advance(access, count);
        if (access.left === 0) this.succeed();
        else this.#writeBlock(access, true);
      }),
    );
  }

  #verify(addressing: Addressing): void {
    const access = this.#access(addressing, 1);
    this.busyFor(Duration.COMMAND + Duration.SECTOR * access.left, () => {
      const { sectors } = this.medium;
      const found = access.lba < 0 ? 0 : Math.max(0, Math.min(access.left, sectors - access.lba));
      this.#advance(access, found);
      if (access.left === 0) this.succeed();
      else this.#notFound(access);
    });
  }

  #seek(): void {
    const { lba } = this.#access('28', 1);
    this.busyFor(Duration.COMMAND, () => {
      if (lba >= 0 && lba < this.medium.sectors) this.succeed();
      else this.fail(AtaError.IDNF);
    });
  }

  /** Address and count as the registers give them; a count of zero stands for 256 or 65,536. */
  #access(addressing: Addressing, block: number): Access {
    const r = this.registers;
    if (addressing === '48') {
      const p = this.previous;
      const count = (p[R.SECTOR_COUNT]! << 8) | r[R.SECTOR_COUNT]!;
      const low = r[R.LBA_LOW]! + r[R.LBA_MID]! * 0x100 + r[R.LBA_HIGH]! * 0x10000;
      const high = p[R.LBA_LOW]! + p[R.LBA_MID]! * 0x100 + p[R.LBA_HIGH]! * 0x10000;
      return { lba: low + high * 0x1000000, left: count || 0x10000, block, addressing };
    }
    return { lba: this.#lba28(), left: r[R.SECTOR_COUNT]! || 0x100, block, addressing };
  }
  /** -1 for an address that the geometry does not have. */
  #lba28(): number {
    const r = this.registers;
    const [low, cylinder, head] = [r[R.LBA_LOW]!, r[R.LBA_MID]! | (r[R.LBA_HIGH]! << 8), r[R.DEVICE]! & 0x0f];
    if (r[R.DEVICE]! & R.LBA) return low | (cylinder << 8) | (head << 24);
    const { cylinders, heads, sectors } = this.#geometry;
    if (cylinder >= cylinders || head >= heads || low < 1 || low > sectors) return -1;
    return (cylinder * heads + head) * sectors + low - 1;
  }
  /** How many sectors the next block has; 0 when the drive ends before it. */
  #inRange({ lba, left, block }: Access): number {
    return lba < 0 ? 0 : Math.max(0, Math.min(block, left, this.medium.sectors - lba));
  }
  #advance(access: Access, count: number): void {
    access.lba += count;
    access.left -= count;
    // After a command the registers hold the last sector and what is left to do, as ATA-3 has it.
    if (count > 0) this.#showAddress(access.lba - 1, access);
  }
  /** The registers name the sector that is not there. */
  #notFound(access: Access): void {
    if (access.lba >= 0) this.#showAddress(access.lba, access);
    this.fail(AtaError.IDNF);
  }
  #showAddress(lba: number, { addressing, left }: Access): void {
    const [r, p] = [this.registers, this.previous];
    const byte = (index: number) => Math.floor(lba / 2 ** (8 * index)) & 0xff;
    r[R.SECTOR_COUNT] = left & 0xff;
    if (addressing === '28' && !(r[R.DEVICE]! & R.LBA)) {
      const { heads, sectors } = this.#geometry;
      const cylinder = Math.floor(lba / (heads * sectors));
      r[R.LBA_LOW] = (lba % sectors) + 1;
      r[R.LBA_MID] = cylinder & 0xff;
      r[R.LBA_HIGH] = cylinder >> 8;
      r[R.DEVICE] = (r[R.DEVICE]! & 0xf0) | (Math.floor(lba / sectors) % heads);
      return;
    }
    for (const [i, register] of [R.LBA_LOW, R.LBA_MID, R.LBA_HIGH].entries()) {
      r[register] = byte(i);
      if (addressing === '48') p[register] = byte(i + 3);
    }
    if (addressing === '48') p[R.SECTOR_COUNT] = left >> 8;
    else r[R.DEVICE] = (r[R.DEVICE]! & 0xf0) | (byte(3) & 0x0f);
  }

  #setMultiple(count: number): void {
    const valid = count <= MOST_MULTIPLE && (count & (count - 1)) === 0;
    this.busyFor(Duration.COMMAND, () => {
      this.#multiple = valid ? count : 0;
      if (valid) this.succeed();
      else this.abort();
    });
  }

  #setFeatures(feature: number): void {
    const count = this.registers[R.SECTOR_COUNT]!;
    this.busyFor(Duration.COMMAND, () => {
      if (this.#setFeature(feature, count)) this.succeed();
      else this.abort();
    });
  }
  /** @returns whether there is such a feature */
  #setFeature(feature: number, count: number): boolean {
    switch (feature) {
      case 0x02: // enable write cache
        this.#writeCache = true;
        return true;
      case 0x82: // disable write cache: what is in it has to be written
        this.#writeCache = false;
        this.medium.flush();
        return true;
      case 0x03: // set transfer mode: PIO default, or PIO mode 0-4 with flow control
        return count <= 1 || (count >= 8 && count <= 12);
      case 0x55: // disable and enable read look-ahead, disable and enable reverting to power-on defaults
      case 0xaa:
      case 0x66:
      case 0xcc:
        return true;
      default:
        return false;
    }
  }

  #setGeometry(): void {
    const sectors = this.registers[R.SECTOR_COUNT]!;
    const heads = (this.registers[R.DEVICE]! & 0x0f) + 1;
    this.busyFor(Duration.COMMAND, () => {
      const valid = sectors >= 1 && sectors <= 63;
      if (valid) {
        const cylinders = Math.floor(Math.min(this.medium.sectors, MOST_CHS) / (heads * sectors));
        this.#geometry = { cylinders: Math.min(0xffff, cylinders), heads, sectors };
        this.succeed();
      } else this.abort();
    });
  }

  #readNativeMax(addressing: Addressing): void {
    const last = Math.min(this.medium.sectors, addressing === '28' ? LBA28_SECTORS : Number.MAX_SAFE_INTEGER) - 1;
    this.busyFor(Duration.COMMAND, () => {
      this.#showAddress(last, { lba: last, left: 0, block: 1, addressing });
      this.succeed();
    });
  }

  #identify(): Uint8Array {
    const { cylinders, heads, sectors } = this.#default;
    const now = this.#geometry;
    const inGeometry = now.cylinders * now.heads * now.sectors;
    const total = this.medium.sectors;
    const block = names(commonCapabilities(new IdentifyBlock()), this.#serial, 'TOYVM HARDDISK')
      .words(0, 0x0040, cylinders, 0, heads) // fixed drive
      .word(6, sectors)
      .word(47, 0x8000 | MOST_MULTIPLE)
      .word(50, 0x4000)
      .words(54, now.cylinders, now.heads, now.sectors)
      .double(57, inGeometry)
      .word(59, this.#multiple ? 0x100 | this.#multiple : 0)
      .double(60, Math.min(total, LBA28_SECTORS))
      .words(82, 0x0028, 0x7400, 0x4000) // write cache, power management; 48-bit addresses, FLUSH CACHE and its EXT
      .words(85, this.#writeCache ? 0x0028 : 0x0008, 0x3400, 0x4000)
      .double(100, total >>> 0)
      .double(102, Math.floor(total / 0x1_0000_0000));
    return block.seal();
  }
}
