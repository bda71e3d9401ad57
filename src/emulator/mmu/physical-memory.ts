/** Guest-physical memory: RAM from address 0 on, inside the shared WebAssembly memory. */
import { RAM } from '../cpu/layout.ts';

export class PhysicalMemory {
  readonly memory: WebAssembly.Memory;
  /** RAM size in bytes. */
  readonly size: number;
  /** RAM alone: index 0 is guest-physical address 0. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Called before bytes change other than by the guest's own stores: engines drop what they decoded there. */
  onExternalWrite: (address: number, length: number) => void = () => {};

  /** @param size RAM in bytes, a multiple of 64 KiB. */
  constructor(memory: WebAssembly.Memory, size: number) {
    this.memory = memory;
    this.size = size;
    this.bytes = new Uint8Array(memory.buffer, RAM, size);
    this.view = new DataView(memory.buffer, RAM, size);
  }

  /** Allocates the one memory of a machine. Its size never changes: growing would detach every view. */
  static allocate(size: number): WebAssembly.Memory {
    if (!Number.isInteger(size) || size < 0x100000 || size > 0xe0000000 || size % 0x10000)
      throw new RangeError(`RAM of ${size} bytes: must be 1 MiB to 3584 MiB, in steps of 64 KiB`);
    const pages = (RAM + size) / 0x10000;
    return new WebAssembly.Memory({ initial: pages, maximum: pages });
  }

  /** Copies bytes out. @throws RangeError outside RAM. */
  read(address: number, length: number): Uint8Array {
    this.check(address, length);
    return this.bytes.slice(address, address + length);
  }
  /** Copies bytes in, as a loader or a debugger does. @throws RangeError outside RAM. */
  write(address: number, data: Uint8Array): void {
    this.check(address, data.length);
    this.onExternalWrite(address, data.length);
    this.bytes.set(data, address);
  }
  contains(address: number, length: number): boolean {
    return address >= 0 && length >= 0 && address + length <= this.size;
  }
  private check(address: number, length: number): void {
    if (!this.contains(address, length))
      throw new RangeError(
        `physical address 0x${address.toString(16)}, ${length} bytes: outside RAM of ${this.size} bytes`,
      );
  }
}
