/**
 * A CD-ROM drive: ATA/ATAPI-6 (T13/1410D revision 3b), clause 9.8 (PACKET protocol, PIO), with the packet commands of
 * atapi-packets.ts.
 *
 * The disc is in the drive from power-on; it cannot be changed, so that the tray never opens.
 */
import type { BlockDevice } from '../block-device.ts';
import { Packets, SENSE, type Sense } from './atapi-packets.ts';
import { IdeDrive } from './drive.ts';
import { commonCapabilities, IdentifyBlock, names } from './identify.ts';
import * as R from './registers.ts';
import { Duration } from './registers.ts';

/** The interrupt reason, in the sector count register: clause 8.25 (PACKET). */
const Reason = { COMMAND: 0x01, TO_HOST: 0x02 } as const;
const PACKET_LENGTH = 12;
/** DMA asked for in the features register. */
const DMA = 0x01;
const DEVICE_RESET = 0x08;

export class AtapiCdRom extends IdeDrive {
  readonly medium: BlockDevice;
  protected readonly identity = [0x14, 0xeb] as const;
  /** DRDY is zero until the first command: clause 9.12. */
  protected readonly idleAfterReset = 0;
  readonly #serial: string;
  readonly #packets: Packets;

  /** @param medium an ISO 9660 image; a last part of a 2,048-byte sector is not readable */
  constructor(medium: BlockDevice, serial: string) {
    super();
    this.medium = medium;
    this.#serial = serial;
    this.#packets = new Packets(medium);
  }

  protected resetSettings(): void {
    this.#packets.powerOn();
  }
  protected overrides(command: number): boolean {
    return command === DEVICE_RESET;
  }

  protected execute(command: number): void {
    const action = this.#commands.get(command);
    if (action) action();
    else this.busyFor(Duration.COMMAND, () => this.abort());
  }

  readonly #commands = new Map<number, () => void>([
    [0xa0, () => this.#packet()], // PACKET
    [0xa1, () => this.busyFor(Duration.COMMAND, () => this.send(this.#identify(), () => this.succeed(false)))],
    // IDENTIFY DEVICE and READ SECTORS: refused with the signature, by which hosts tell this kind of drive.
    [0xec, () => this.#refuse()],
    [0x20, () => this.#refuse()],
    [DEVICE_RESET, () => this.busyFor(Duration.COMMAND, () => this.#reset())],
    [0x90, () => this.#diagnose()], // EXECUTE DEVICE DIAGNOSTIC
    [0xe5, () => this.#checkPowerMode()], // CHECK POWER MODE
    [0xe0, () => this.#nothingToDo()], // STANDBY IMMEDIATE
    [0xe1, () => this.#nothingToDo()], // IDLE IMMEDIATE
    [0xef, () => this.#setFeatures()], // SET FEATURES
  ]);

  #refuse(): void {
    this.busyFor(Duration.COMMAND, () => {
      this.signature();
      this.abort();
    });
  }
  /** DEVICE RESET ends without an interrupt: clause 8.10. */
  #reset(): void {
    this.signature();
    this.status = this.idleAfterReset;
  }
  #diagnose(): void {
    this.busyFor(Duration.RESET, () => {
      this.signature();
      this.succeed();
      this.status = this.idleAfterReset;
    });
  }
  #nothingToDo(): void {
    this.busyFor(Duration.COMMAND, () => this.succeed());
  }
  #checkPowerMode(): void {
    this.registers[R.SECTOR_COUNT] = 0xff;
    this.#nothingToDo();
  }
  /** Set transfer mode, to PIO; there is nothing else to be set. */
  #setFeatures(): void {
    const [feature, count] = [this.registers[R.FEATURES]!, this.registers[R.SECTOR_COUNT]!];
    this.busyFor(Duration.COMMAND, () => {
      if (feature === 0x03 && (count <= 1 || (count >= 8 && count <= 12))) this.succeed();
      else this.abort();
    });
  }

  #packet(): void {
    const features = this.registers[R.FEATURES]!;
    const limit = this.registers[R.LBA_MID]! | (this.registers[R.LBA_HIGH]! << 8);
    this.busyFor(Duration.COMMAND / 10, () => {
      if (features & DMA) {
        this.abort();
        return;
      }
      this.registers[R.SECTOR_COUNT] = Reason.COMMAND;
      this.receive(PACKET_LENGTH, false, (packet) => this.#obey(packet, limit));
    });
  }
  #obey(packet: Uint8Array, limit: number): void {
    const result = this.#packets.execute(packet);
    if ('sense' in result) this.busyFor(Duration.COMMAND, () => this.#end(result.sense));
    else {
      const sectors = Math.max(0, Math.ceil(result.length / 512) - 1);
      this.busyFor(Duration.COMMAND + Math.min(sectors, 128) * Duration.SECTOR, () =>
        this.#sendPart(result.read, 0, result.length, limit),
      );
    }
  }
  /** The host sets how many bytes it takes at an interrupt; an odd number is one too many unless it is enough. */
  #sendPart(read: (from: number, to: number) => Uint8Array, from: number, length: number, limit: number): void {
    if (from >= length) {
      this.#end(null);
      return;
    }
    const most = limit === 0 || limit === 0xffff ? 0xfffe : limit;
    const rest = length - from;
    const part = rest <= most ? rest : most & ~1;
    if (part === 0) {
      this.abort();
      return;
    }
    this.registers[R.SECTOR_COUNT] = Reason.TO_HOST;
    this.registers[R.LBA_MID] = part & 0xff;
    this.registers[R.LBA_HIGH] = part >> 8;
    this.send(read(from, from + part), () =>
      this.busyFor(Duration.SECTOR * Math.ceil(part / 512), () => this.#sendPart(read, from + part, length, limit)),
    );
  }
  #end(sense: Sense | null): void {
    this.registers[R.SECTOR_COUNT] = Reason.COMMAND | Reason.TO_HOST;
    if (sense === null || sense === SENSE.NONE) this.succeed();
    // The sense key in the upper half of the error register.
    else this.fail((sense.key << 4) | (sense === SENSE.NO_SUCH_COMMAND ? R.AtaError.ABRT : 0));
  }

  #identify(): Uint8Array {
    return names(commonCapabilities(new IdentifyBlock()), this.#serial, 'TOYVM CD-ROM')
      .word(0, 0x85c0) // ATAPI, CD-ROM, removable, DRQ within 50 µs, packets of 12 bytes
      .words(82, 0x0210, 0x4000, 0x4000) // PACKET, DEVICE RESET
      .words(85, 0x0210, 0x0000, 0x4000)
      .seal();
  }
}
