/**
 * INT 10h AH=4Fh: VESA BIOS Extension Core Functions Standard 3.0, for the linear modes of the Bochs display interface; and
 * VBE/DDC 1.1 (function 15h). There is no window at A0000h.
 */
import * as dispi from '../../devices/bochs-dispi.ts';
import type { Call } from './call.ts';
import { Ebda, EXTENDED } from './data-area.ts';
import { edid } from './edid.ts';
import { hex, type Outcome, type Pc, Unimplemented } from './services.ts';

interface VbeMode {
  number: number;
  width: number;
  height: number;
}

/** Of 32 bits a pixel; numbered as the VGA BIOSes for this display do. */
const MODES: readonly VbeMode[] = [
  { number: 0x142, width: 640, height: 480 },
  { number: 0x143, width: 800, height: 600 },
  { number: 0x144, width: 1024, height: 768 },
  { number: 0x145, width: 1280, height: 1024 },
];
const BITS = 32;
const NONE = 0xffff;

/** AX: AL=4Fh says that there is the function, AH=00h that it succeeded. */
const [DONE, FAILED, NO_FUNCTION] = [0x004f, 0x014f, 0x0100];
const LINEAR = 0x4000;
const KEEP_MEMORY = 0x8000;

/** The text side of INT 10h. */
interface TextMode {
  setTextMode(clear: boolean): void;
}

export class VbeService {
  readonly #pc: Pc;
  readonly #unimplemented: Unimplemented;

  constructor(pc: Pc) {
    this.#pc = pc;
    this.#unimplemented = new Unimplemented(pc.log);
  }

  /** Back to what the VGA shows. */
  leave(): void {
    this.#pc.data.setWord(EXTENDED + Ebda.VBE_MODE, NONE);
    this.#set(dispi.ENABLE, 0);
  }

  start(call: Call, text: TextMode): Outcome {
    call.ax = this.#function(call, text);
    return 'done';
  }

  #function(call: Call, text: TextMode): number {
    switch (call.al) {
      case 0x00:
        return this.#controllerInformation(call);
      case 0x01:
        return this.#modeInformation(call);
      case 0x02:
        return this.#setMode(call.bx, text);
      case 0x03: {
        const mode = this.#pc.data.word(EXTENDED + Ebda.VBE_MODE);
        call.bx = mode === NONE ? 3 : mode;
        return DONE;
      }
      case 0x15:
        return this.#displayDataChannel(call);
      default:
        this.#unimplemented.say(`INT 10h AX=4F${hex(call.al)}`);
        return NO_FUNCTION;
    }
  }

  /** ES:DI points to 512 bytes where the caller has written "VBE2" into them, else to 256. */
  #controllerInformation(call: Call): number {
    const at = call.address('es', call.di);
    const { memory } = this.#pc.data;
    const isVersion2 = new TextDecoder('latin1').decode(memory.read(at, 4)) === 'VBE2';
    const block = new DataView(new ArrayBuffer(isVersion2 ? 512 : 256));
    const bytes = new Uint8Array(block.buffer);
    const far = (offset: number) => ((at >> 4) << 16) | ((at & 15) + offset);
    const put = (offset: number, value: string) => bytes.set(new TextEncoder().encode(`${value}\0`), offset);
    put(0, 'VESA');
    block.setUint16(4, 0x0300, true);
    block.setUint32(6, far(0x80), true); // OEM string
    block.setUint32(10, 0, true); // capabilities: a fixed 6-bit DAC, VGA-compatible
    block.setUint32(14, far(0x22), true);
    block.setUint16(18, dispi.VIDEO_MEMORY_SIZE / 0x10000, true);
    MODES.forEach(({ number }, i) => {
      block.setUint16(0x22 + 2 * i, number, true);
    });
    block.setUint16(0x22 + 2 * MODES.length, 0xffff, true);
    put(0x80, 'toyvm VBE');
    if (isVersion2) {
      block.setUint16(20, 0x0100, true);
      for (const [pointer, offset, name] of [
        [22, 0x100, 'toyvm'],
        [26, 0x110, 'Bochs display'],
        [30, 0x120, '1.0'],
      ] as const) {
        put(offset, name);
        block.setUint32(pointer, far(offset), true);
      }
    }
    memory.write(at, bytes);
    return DONE;
  }

  #modeInformation(call: Call): number {
    const mode = find(call.cx);
    if (!mode) return FAILED;
    const block = new DataView(new ArrayBuffer(256));
    const pitch = mode.width * (BITS / 8);
    const pages = Math.floor(dispi.VIDEO_MEMORY_SIZE / (pitch * mode.height)) - 1;
    // Supported, colour, graphics, not VGA-compatible, no window, linear.
    block.setUint16(0, 0x00fb & ~0x04, true);
    block.setUint16(16, pitch, true);
    block.setUint16(18, mode.width, true);
    block.setUint16(20, mode.height, true);
    block.setUint8(22, 8); // character cell
    block.setUint8(23, 16);
    block.setUint8(24, 1); // planes
    block.setUint8(25, BITS);
    block.setUint8(26, 1); // banks
    block.setUint8(27, 6); // direct colour
    block.setUint8(29, Math.min(255, pages));
    block.setUint8(30, 1);
    // Size and position of red, green, blue and the unused bits; the same again for linear modes.
    const colours = [8, 16, 8, 8, 8, 0, 8, 24];
    for (const offset of [31, 54]) new Uint8Array(block.buffer).set(colours, offset);
    block.setUint8(39, 2); // the unused bits can be used
    block.setUint32(40, dispi.FRAMEBUFFER, true);
    block.setUint16(50, pitch, true);
    block.setUint8(53, Math.min(255, pages));
    this.#pc.data.memory.write(call.address('es', call.di), new Uint8Array(block.buffer));
    return DONE;
  }

  #setMode(asked: number, text: TextMode): number {
    const keep = (asked & KEEP_MEMORY) !== 0;
    if ((asked & 0x3fff) === 3) {
      text.setTextMode(!keep);
      return DONE;
    }
    const mode = find(asked & 0x3fff);
    if (!mode || !(asked & LINEAR)) return FAILED;
    this.#set(dispi.ENABLE, 0);
    this.#set(dispi.WIDTH, mode.width);
    this.#set(dispi.HEIGHT, mode.height);
    this.#set(dispi.BITS_PER_PIXEL, BITS);
    this.#set(dispi.ENABLE, dispi.ENABLED | dispi.LINEAR | (keep ? dispi.KEEP_MEMORY : 0));
    this.#pc.data.setWord(EXTENDED + Ebda.VBE_MODE, asked & ~KEEP_MEMORY);
    return DONE;
  }

  /** BL=00h: what the channel can do; BL=01h: the display's EDID, 128 bytes at ES:DI. */
  #displayDataChannel(call: Call): number {
    if (call.bl === 0x00) {
      call.bx = 0x0002; // DDC2
      return DONE;
    }
    if (call.bl !== 0x01 || call.dx !== 0) return FAILED;
    this.#pc.data.memory.write(call.address('es', call.di), edid());
    return DONE;
  }

  #set(register: number, value: number): void {
    this.#pc.ports.write(dispi.INDEX_PORT, register, 2);
    this.#pc.ports.write(dispi.DATA_PORT, value, 2);
  }
}

function find(number: number): VbeMode | undefined {
  return MODES.find((mode) => mode.number === (number & 0x3fff));
}
