/**
 * The physical address space: RAM from address 0 on, parts of it read-only as ROM is, more memory and devices higher up. All
 * memory lies inside the shared WebAssembly memory.
 */
import { RAM } from '../cpu/layout.ts';

/** A device that answers at physical addresses. Accesses are 1, 2, 4 or 8 bytes and aligned to nothing. */
export interface MappedDevice {
  /** @param offset from the start of its range, in bytes. @returns an unsigned value */
  read(offset: number, bytes: number): bigint;
  /** @param value unsigned, `bytes` wide */
  write(offset: number, bytes: number, value: bigint): void;
}

interface Range {
  start: number;
  /** First address behind it. */
  end: number;
}
interface MemoryRange extends Range {
  /** Offset of its first byte in the shared memory. */
  host: number;
}
interface DeviceRange extends Range {
  device: MappedDevice;
}

const PAGE = 0x1000;
const MEGABYTE = 0x100000;
const FOUR_GIGABYTES = 0x1_0000_0000;

export class PhysicalMemory {
  readonly memory: WebAssembly.Memory;
  /** RAM size in bytes. */
  readonly size: number;
  /** RAM alone: index 0 is guest-physical address 0. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Called before bytes change other than by the guest's own stores: engines drop what they decoded there. */
  onExternalWrite: (address: number, length: number) => void = () => {};
  /** Called after addresses have come to mean something else: translations that were remembered are stale. */
  onMapChange: () => void = () => {};
  private readonly memories: MemoryRange[] = [];
  private readonly devices: DeviceRange[] = [];
  private readOnly: Range[] = [];
  /** First address below 4 GiB that the firmware answers too, or infinity. */
  private aliasStart = Number.POSITIVE_INFINITY;
  private isA20Enabled = true;
  /** Behind RAM, what no range has taken yet. */
  private free: number;

  /** @param size RAM in bytes, a multiple of 64 KiB. */
  constructor(memory: WebAssembly.Memory, size: number) {
    this.memory = memory;
    this.size = size;
    this.bytes = new Uint8Array(memory.buffer, RAM, size);
    this.view = new DataView(memory.buffer, RAM, size);
    this.free = RAM + size;
  }

  /**
   * Allocates the one memory of a machine. Its size never changes: growing would detach every view.
   * @param more bytes for `mapMemory`, a multiple of 64 KiB
   */
  static allocate(size: number, more = 0): WebAssembly.Memory {
    if (!Number.isInteger(size) || size < MEGABYTE || size > 0xe0000000 || size % 0x10000)
      throw new RangeError(`RAM of ${size} bytes: must be 1 MiB to 3584 MiB, in steps of 64 KiB`);
    const pages = (RAM + size + more) / 0x10000;
    return new WebAssembly.Memory({ initial: pages, maximum: pages });
  }

  /** Copies bytes out. @throws RangeError outside RAM. */
  read(address: number, length: number): Uint8Array {
    this.check(address, length);
    return this.bytes.slice(address, address + length);
  }
  /** Copies bytes in, as a loader or a debugger does, read-only or not. @throws RangeError outside RAM. */
  write(address: number, data: Uint8Array): void {
    this.check(address, data.length);
    this.onExternalWrite(address, data.length);
    this.bytes.set(data, address);
  }
  /** Whether a range is RAM (or ROM below 1 MiB). */
  contains(address: number, length: number): boolean {
    return address >= 0 && length >= 0 && address + length <= this.size;
  }

  /**
   * Memory at other addresses than RAM's, such as a framebuffer.
   * @returns its bytes. @throws RangeError beyond what was allocated for it, or where something is mapped
   */
  mapMemory(start: number, size: number): Uint8Array {
    const range = this.freeRange(start, size);
    if (this.free + size > this.memory.buffer.byteLength)
      throw new RangeError(`no memory was allocated for ${size} bytes at 0x${start.toString(16)}`);
    this.memories.push({ ...range, host: this.free });
    this.free += size;
    this.onMapChange();
    return new Uint8Array(this.memory.buffer, this.free - size, size);
  }
  /** A device that is asked for each access to its range. @throws RangeError where something is mapped */
  mapDevice(start: number, size: number, device: MappedDevice): void {
    this.devices.push({ ...this.freeRange(start, size), device });
    this.onMapChange();
  }
  /**
   * Makes whole pages of RAM read-only to the guest, as ROM is: its stores vanish.
   * @param alsoBelow4GiB the first MiB, as far as it is read-only, is seen right below 4 GiB too, where the processor starts
   */
  setReadOnly(ranges: readonly { start: number; size: number }[], alsoBelow4GiB = false): void {
    for (const { start, size } of ranges) {
      this.check(start, size);
      requirePages(start, size);
    }
    this.readOnly = ranges.map(({ start, size }) => ({ start, end: start + size }));
    const first = Math.min(...this.readOnly.map(({ start }) => start), MEGABYTE);
    this.aliasStart = alsoBelow4GiB ? FOUR_GIGABYTES - MEGABYTE + first : Number.POSITIVE_INFINITY;
    this.onMapChange();
  }
  /** The A20 gate: while it is closed, bit 20 of every physical address is 0, as on a PC/AT that plays an 8086. */
  setA20(enabled: boolean): void {
    if (enabled === this.isA20Enabled) return;
    this.isA20Enabled = enabled;
    this.onMapChange();
  }
  get a20(): boolean {
    return this.isA20Enabled;
  }

  /** The address that answers to one on the processor's pins. */
  decode(address: number): number {
    let decoded = address;
    if (!this.isA20Enabled && Math.floor(address / MEGABYTE) % 2 === 1) decoded -= MEGABYTE;
    if (decoded >= this.aliasStart && decoded < FOUR_GIGABYTES) decoded -= FOUR_GIGABYTES - MEGABYTE;
    return decoded;
  }
  /** Offset in the shared memory of a decoded range, or -1 where no memory answers. */
  locate(address: number, length: number): number {
    if (address + length <= this.size) return RAM + address;
    const range = this.memories.find(({ start, end }) => address >= start && address + length <= end);
    return range ? range.host + address - range.start : -1;
  }
  /** Whether stores to the page of an address take effect. */
  isWritable(address: number): boolean {
    return !this.readOnly.some(({ start, end }) => address >= start && address < end);
  }
  /** Whether a device answers at an address. */
  hasDevice(address: number): boolean {
    return this.devices.some(({ start, end }) => address >= start && address < end);
  }
  /** Asks the device at an address. @returns `null` where there is none */
  readDevice(address: number, bytes: number): bigint | null {
    const range = this.deviceAt(address);
    return range && BigInt.asUintN(bytes * 8, range.device.read(address - range.start, bytes));
  }
  /** @returns whether a device is there */
  writeDevice(address: number, bytes: number, value: bigint): boolean {
    const range = this.deviceAt(address);
    range?.device.write(address - range.start, bytes, BigInt.asUintN(bytes * 8, value));
    return range !== null;
  }

  private deviceAt(address: number): DeviceRange | null {
    return this.devices.find(({ start, end }) => address >= start && address < end) ?? null;
  }
  private freeRange(start: number, size: number): Range {
    requirePages(start, size);
    const end = start + size;
    const taken = [{ start: 0, end: this.size }, ...this.memories, ...this.devices];
    if (taken.some((range) => start < range.end && end > range.start))
      throw new RangeError(`0x${start.toString(16)}, ${size} bytes: something is mapped there`);
    return { start, end };
  }
  private check(address: number, length: number): void {
    if (!this.contains(address, length))
      throw new RangeError(
        `physical address 0x${address.toString(16)}, ${length} bytes: outside RAM of ${this.size} bytes`,
      );
  }
}

function requirePages(start: number, size: number): void {
  if (start % PAGE !== 0 || size % PAGE !== 0 || size <= 0)
    throw new RangeError(`0x${start.toString(16)}, ${size} bytes: not whole pages`);
}
