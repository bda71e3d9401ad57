/**
 * The Bochs display interface, which QEMU's VGA has too: modes of 8 to 32 bits a pixel in a linear framebuffer. QEMU,
 * docs/specs/standard-vga.rst; Bochs, docs-html/vbe.htm. While it is disabled the VGA shows.
 *
 * Of the depths that there are, 32 bits is the one that can be shown.
 */
import * as dispi from './bochs-dispi.ts';
import type { Bus, Device, Log, PortHandler, PortWidth } from './device.ts';

/** What a mode of the display shows. */
export interface Frame {
  width: number;
  height: number;
  /** Row by row, four bytes a pixel: red, green, blue and 255. */
  rgba: Uint8ClampedArray<ArrayBuffer>;
}

const NEWEST_ID = 0xb0c5;
const OLDEST_ID = 0xb0c0;
const [MOST_WIDTH, MOST_HEIGHT, MOST_BITS] = [1280, 1024, 32];
const BYTES = 4;

export class BochsDisplay implements Device, PortHandler {
  readonly name = 'Bochs display';
  readonly widest = 2;
  readonly #memory: Uint8Array;
  readonly #words: Uint32Array;
  readonly #log: Log;
  #index = 0;
  #registers = new Uint16Array(dispi.MEMORY_64K);
  /** What `changed` compared with last. */
  #seen: Uint32Array | null = null;
  #seenMode = '';

  /** @param memory video memory, mapped at `FRAMEBUFFER`, at a multiple of four in its buffer */
  constructor(memory: Uint8Array, log: Log = () => {}) {
    this.#memory = memory;
    this.#words = new Uint32Array(memory.buffer, memory.byteOffset, memory.length / 4);
    this.#log = log;
  }

  plugIn(bus: Bus): void {
    // Words at two neighbouring ports: the data word reaches one port further.
    bus.claimPorts(dispi.INDEX_PORT, 3, this.name, this);
  }

  reset(): void {
    this.#index = 0;
    this.#registers.fill(0);
    this.#registers[dispi.ID] = NEWEST_ID;
    this.#memory.fill(0);
    this.#seen = null;
  }

  /** Both registers are 16 bits wide. */
  read(port: number, _width: PortWidth): number {
    return port === dispi.INDEX_PORT ? this.#index : this.#read();
  }
  write(port: number, value: number, _width: PortWidth): void {
    if (port === dispi.INDEX_PORT) this.#index = value;
    else this.#write(value);
  }

  get #enabled(): boolean {
    return (this.#registers[dispi.ENABLE]! & dispi.ENABLED) !== 0;
  }

  #read(): number {
    const { ENABLE, CAPABILITIES } = dispi;
    if (this.#registers[ENABLE]! & CAPABILITIES) {
      const most: Readonly<Record<number, number>> = {
        [dispi.WIDTH]: MOST_WIDTH,
        [dispi.HEIGHT]: MOST_HEIGHT,
        [dispi.BITS_PER_PIXEL]: MOST_BITS,
      };
      const value = most[this.#index];
      if (value !== undefined) return value;
    }
    if (this.#index === dispi.MEMORY_64K) return this.#memory.length / 0x10000;
    return this.#registers[this.#index] ?? 0;
  }

  #write(value: number): void {
    const r = this.#registers;
    switch (this.#index) {
      case dispi.ID:
        // A program asks for an interface that it knows; newer ones can do the same.
        if (value >= OLDEST_ID && value <= NEWEST_ID) r[dispi.ID] = value;
        break;
      case dispi.WIDTH:
      case dispi.HEIGHT:
      case dispi.BITS_PER_PIXEL:
        // Set before the mode is enabled.
        if (!this.#enabled && this.#isAllowed(this.#index, value)) r[this.#index] = value;
        break;
      case dispi.ENABLE:
        this.#enable(value);
        break;
      case dispi.VIRTUAL_WIDTH:
        if (value >= r[dispi.WIDTH]!) this.#setVirtualWidth(value);
        break;
      case dispi.X_OFFSET:
      case dispi.Y_OFFSET:
        r[this.#index] = value;
        break;
      case dispi.BANK:
        this.#log(`${this.name}: bank ${value}: there is no banked window, the framebuffer is linear`);
        break;
      default:
        this.#log(`${this.name}: write of 0x${value.toString(16)} to register ${this.#index}: not implemented`);
    }
  }
  #isAllowed(register: number, value: number): boolean {
    const most = register === dispi.WIDTH ? MOST_WIDTH : register === dispi.HEIGHT ? MOST_HEIGHT : MOST_BITS;
    if (value > 0 && value <= most) return true;
    this.#log(`${this.name}: register ${register} = ${value}: at most ${most}`);
    return false;
  }

  #enable(value: number): void {
    const r = this.#registers;
    const starts = (value & dispi.ENABLED) !== 0 && !this.#enabled;
    if (starts && r[dispi.BITS_PER_PIXEL] !== MOST_BITS) {
      this.#log(`${this.name}: a mode of ${r[dispi.BITS_PER_PIXEL]} bits a pixel: only 32 can be shown`);
      return;
    }
    r[dispi.ENABLE] = value;
    if (!starts) return;
    this.#setVirtualWidth(r[dispi.WIDTH]!);
    r[dispi.X_OFFSET] = 0;
    r[dispi.Y_OFFSET] = 0;
    if (!(value & dispi.KEEP_MEMORY)) this.#memory.fill(0);
  }
  #setVirtualWidth(width: number): void {
    this.#registers[dispi.VIRTUAL_WIDTH] = width;
    this.#registers[dispi.VIRTUAL_HEIGHT] = Math.min(0xffff, Math.floor(this.#words.length / width));
  }

  /** Sets a mode of 32 bits a pixel, as firmware does. @throws RangeError for a size that there is not */
  setMode(width: number, height: number): void {
    if (!(width >= 1 && width <= MOST_WIDTH && height >= 1 && height <= MOST_HEIGHT))
      throw new RangeError(`a display of ${width} x ${height} pixels: at most ${MOST_WIDTH} x ${MOST_HEIGHT}`);
    this.#registers.set([width, height, MOST_BITS, 0], dispi.WIDTH);
    this.#enable(dispi.ENABLED | dispi.LINEAR);
  }

  /** The picture, or `null` while the VGA shows. */
  frame(): Frame | null {
    const view = this.#shown();
    if (!view) return null;
    const { width, height, pitch, start } = view;
    const rgba = new Uint8ClampedArray(width * height * BYTES);
    const out = new Uint32Array(rgba.buffer);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        // Blue, green, red and an unused byte become red, green, blue and full opacity.
        const pixel = this.#words[(start + y * pitch + x) % this.#words.length]!;
        out[y * width + x] = 0xff000000 | ((pixel & 0xff) << 16) | (pixel & 0xff00) | ((pixel >>> 16) & 0xff);
      }
    return { width, height, rgba };
  }

  /** Whether the picture differs from what it was when this was last asked (or from nothing, the first time). */
  changed(): boolean {
    const view = this.#shown();
    const mode = JSON.stringify(view);
    const start = view?.start ?? 0;
    const length = view ? view.height * view.pitch : 0;
    const now = this.#words.subarray(start, start + length);
    const same = this.#seen !== null && mode === this.#seenMode && equal(now, this.#seen);
    if (same) return false;
    this.#seen = now.slice();
    this.#seenMode = mode;
    return true;
  }

  /** In pixels. */
  #shown(): { width: number; height: number; pitch: number; start: number } | null {
    if (!this.#enabled) return null;
    const r = this.#registers;
    const pitch = r[dispi.VIRTUAL_WIDTH]!;
    const start = r[dispi.Y_OFFSET]! * pitch + r[dispi.X_OFFSET]!;
    return { width: r[dispi.WIDTH]!, height: r[dispi.HEIGHT]!, pitch, start };
  }
}

function equal(a: Uint32Array, b: Uint32Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
