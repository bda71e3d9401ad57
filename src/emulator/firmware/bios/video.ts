/**
 * INT 10h in the 80 x 25 text mode. IBM PS/2 and PC BIOS Interface Technical Reference; what a VGA adds as IBM PS/2 Hardware
 * Interface Technical Reference ("Video Subsystem") has it. VBE (AH=4Fh) is in vbe.ts.
 */
import * as mode3 from '../../devices/vga-mode3.ts';
import type { Call } from './call.ts';
import { Bda } from './data-area.ts';
import { hex, type Outcome, type Pc, Unimplemented } from './services.ts';
import type { VbeService } from './vbe.ts';
import { Palette } from './video-palette.ts';

const VIDEO_MEMORY = 0xb8000;
const [COLUMNS, ROWS] = [80, 25];
const PAGE_SIZE = 0x1000;
const PAGES = 8;
const [CRTC_INDEX, CRTC_DATA] = [0x3d4, 0x3d5];
const GREY_ON_BLACK = 0x07;
/** The last two lines, in lines of the CGA's characters: what programs expect to find. */
const CURSOR_SHAPE = 0x0607;
const MODE_3 = 3;
/** The font in the ROM that INT 10h/1130h points to. */
export const FONT_8X16 = { segment: 0xf000, offset: 0xd000 };

const [BELL, BACKSPACE, LINE_FEED, CARRIAGE_RETURN] = [0x07, 0x08, 0x0a, 0x0d];

export class VideoService {
  readonly #pc: Pc;
  readonly #vbe: VbeService;
  readonly #palette: Palette;
  readonly #unimplemented: Unimplemented;

  constructor(pc: Pc, vbe: VbeService) {
    this.#pc = pc;
    this.#vbe = vbe;
    this.#palette = new Palette(pc);
    this.#unimplemented = new Unimplemented(pc.log);
  }

  /** Mode 3. @param clear whether the screen is emptied */
  setTextMode(clear = true): void {
    const { data } = this.#pc;
    this.#vbe.leave();
    data.setByte(Bda.VIDEO_MODE, MODE_3);
    data.setWord(Bda.COLUMNS, COLUMNS);
    data.setWord(Bda.PAGE_SIZE, PAGE_SIZE);
    data.setWord(Bda.CRTC_PORT, CRTC_INDEX);
    data.setByte(Bda.LAST_ROW, ROWS - 1);
    data.setWord(Bda.CHARACTER_HEIGHT, 16);
    data.setByte(Bda.VIDEO_CONTROL, clear ? 0x60 : 0xe0);
    data.setByte(Bda.VIDEO_SWITCHES, 0xf9);
    data.setByte(Bda.VIDEO_FLAGS, 0x51);
    data.setByte(Bda.DISPLAY_COMBINATION, 0x08);
    if (clear) data.memory.write(VIDEO_MEMORY, cells(PAGE_SIZE * PAGES, 0x20, GREY_ON_BLACK));
    for (let page = 0; page < PAGES; page++) data.setWord(Bda.CURSOR + 2 * page, 0);
    data.setWord(Bda.CURSOR_SHAPE, CURSOR_SHAPE);
    this.#programMode3();
    this.#setPage(0);
  }

  #programMode3(): void {
    const { ports } = this.#pc;
    ports.write(0x3c2, mode3.MISCELLANEOUS_OUTPUT, 1);
    const group = (port: number, { values }: mode3.RegisterGroup) =>
      values.forEach((value, index) => {
        ports.write(port, index, 1);
        ports.write(port + 1, value, 1);
      });
    group(0x3c4, mode3.SEQUENCER);
    group(0x3ce, mode3.GRAPHICS);
    this.#crtc(mode3.VERTICAL_RETRACE_END, 0);
    group(CRTC_INDEX, mode3.CRTC);
    this.#palette.programMode3();
  }

  /** Writes text at the cursor of the shown page, as a teletype. */
  print(text: string): void {
    const page = this.#pc.data.byte(Bda.ACTIVE_PAGE);
    for (const character of text) this.#teletype(character.charCodeAt(0), page);
  }

  readonly start = (call: Call): Outcome => {
    if (call.ah === 0x4f) return this.#vbe.start(call, this);
    const action = this.#functions.get(call.ah);
    if (action) action(call);
    else this.#unimplemented.say(`INT 10h AH=${hex(call.ah)}`);
    return 'done';
  };

  readonly #functions = new Map<number, (call: Call) => void>([
    [0x00, (call) => this.#setMode(call)],
    [0x01, (call) => this.#setShape(call.cx)],
    [0x02, (call) => this.#setCursor(call.bh, call.dh, call.dl)],
    [
      0x03,
      (call) => {
        call.cx = this.#pc.data.word(Bda.CURSOR_SHAPE);
        call.dx = this.#pc.data.word(this.#cursorAt(call.bh));
        call.ax = 0;
      },
    ],
    [0x05, (call) => this.#setPage(call.al % PAGES)],
    [0x06, (call) => this.#scroll(call, 1)],
    [0x07, (call) => this.#scroll(call, -1)],
    [
      0x08,
      (call) => {
        const cell = this.#cell(call.bh);
        call.ax = this.#pc.data.word(cell);
      },
    ],
    [0x09, (call) => this.#fill(call, true)],
    [0x0a, (call) => this.#fill(call, false)],
    // Border colour and the palette of mode 4: nothing that a text screen shows.
    [0x0b, () => {}],
    [0x0e, (call) => this.#teletype(call.al, this.#pc.data.byte(Bda.ACTIVE_PAGE))],
    [
      0x0f,
      (call) => {
        const { data } = this.#pc;
        call.ax = (data.word(Bda.COLUMNS) << 8) | data.byte(Bda.VIDEO_MODE) | (data.byte(Bda.VIDEO_CONTROL) & 0x80);
        call.bh = data.byte(Bda.ACTIVE_PAGE);
      },
    ],
    [0x10, (call) => this.#palette.start(call)],
    [0x11, (call) => this.#font(call)],
    [0x12, (call) => this.#alternate(call)],
    [0x13, (call) => this.#writeString(call)],
    [
      0x1a,
      (call) => {
        // Display combination code: a VGA with a colour monitor, and nothing beside it.
        if (call.al === 0) call.bx = 0x0008;
        call.al = 0x1a;
      },
    ],
  ]);

  #setMode(call: Call): void {
    const mode = call.al & 0x7f;
    // Mode 2 is mode 3 on a grey monitor.
    if (mode !== MODE_3 && mode !== 2) this.#unimplemented.say(`INT 10h AH=00h: video mode ${hex(mode)}`);
    else {
      this.setTextMode((call.al & 0x80) === 0);
      call.al = 0x30;
    }
  }

  /** Lines of the cursor; programs of the CGA's time give them for 8-line characters, and they are doubled. */
  #setShape(shape: number): void {
    this.#pc.data.setWord(Bda.CURSOR_SHAPE, shape);
    let [start, end] = [(shape >> 8) & 0x3f, shape & 0x1f];
    if (end < 8 && start < 0x20) {
      // A cursor of two lines stays one of two lines.
      start = end === start + 1 ? 2 * end : 2 * start + 1;
      end = 2 * end + 1;
    }
    this.#crtc(mode3.CURSOR_START, start);
    this.#crtc(mode3.CURSOR_END, end);
  }
  #setCursor(page: number, row: number, column: number): void {
    if (page >= PAGES) return;
    this.#pc.data.setWord(this.#cursorAt(page), (row << 8) | column);
    if (page === this.#pc.data.byte(Bda.ACTIVE_PAGE)) this.#moveCursor(page);
  }
  #setPage(page: number): void {
    const { data } = this.#pc;
    data.setByte(Bda.ACTIVE_PAGE, page);
    data.setWord(Bda.PAGE_OFFSET, page * PAGE_SIZE);
    this.#crtc16(mode3.START_ADDRESS, (page * PAGE_SIZE) / 2);
    this.#moveCursor(page);
  }
  #moveCursor(page: number): void {
    const position = this.#pc.data.word(this.#cursorAt(page));
    this.#crtc16(mode3.CURSOR_LOCATION, (page * PAGE_SIZE) / 2 + (position >> 8) * COLUMNS + (position & 0xff));
  }
  #cursorAt(page: number): number {
    return Bda.CURSOR + 2 * (page % PAGES);
  }
  /** Physical address of the cell under a page's cursor. */
  #cell(page: number): number {
    const position = this.#pc.data.word(this.#cursorAt(page));
    return VIDEO_MEMORY + (page % PAGES) * PAGE_SIZE + ((position >> 8) * COLUMNS + (position & 0xff)) * 2;
  }

  /** AL lines, or all of them for 0; window CH, CL to DH, DL; blank lines with attribute BH. */
  #scroll(call: Call, direction: 1 | -1): void {
    const page = this.#pc.data.byte(Bda.ACTIVE_PAGE);
    const window = {
      top: call.ch,
      left: call.cl,
      bottom: Math.min(call.dh, ROWS - 1),
      right: Math.min(call.dl, COLUMNS - 1),
    };
    this.#scrollWindow(page, window, direction * call.al, call.bh);
  }
  #scrollWindow(
    page: number,
    { top, left, bottom, right }: { top: number; left: number; bottom: number; right: number },
    lines: number,
    attribute: number,
  ): void {
    const width = (right - left + 1) * 2;
    if (width <= 0 || top > bottom) return;
    const { memory } = this.#pc.data;
    const row = (y: number) => VIDEO_MEMORY + page * PAGE_SIZE + (y * COLUMNS + left) * 2;
    const rows = Array.from({ length: bottom - top + 1 }, (_, i) => memory.read(row(top + i), width));
    const blank = cells(width, 0x20, attribute);
    for (let i = 0; i < rows.length; i++)
      memory.write(row(top + i), (lines === 0 ? undefined : rows[i + lines]) ?? blank);
  }

  /** AH=09h and 0Ah: CX times the character, with or without its attribute; the cursor stays. */
  #fill(call: Call, withAttribute: boolean): void {
    const { memory } = this.#pc.data;
    const from = this.#cell(call.bh);
    const end = VIDEO_MEMORY + (call.bh % PAGES) * PAGE_SIZE + PAGE_SIZE;
    const count = Math.min(call.cx, (end - from) / 2);
    const bytes = memory.read(from, Math.max(0, count * 2));
    for (let i = 0; i < bytes.length; i += 2) {
      bytes[i] = call.al;
      if (withAttribute) bytes[i + 1] = call.bl;
    }
    memory.write(from, bytes);
  }

  /** @param attribute `null` leaves that of the cell */
  #teletype(code: number, page: number, attribute: number | null = null): void {
    const { data } = this.#pc;
    const position = data.word(this.#cursorAt(page));
    let [row, column] = [position >> 8, position & 0xff];
    // The bell is not heard.
    if (code === BELL) return;
    if (code === BACKSPACE) column = Math.max(0, column - 1);
    else if (code === CARRIAGE_RETURN) column = 0;
    else if (code === LINE_FEED) row++;
    else {
      const cell = this.#cell(page);
      data.memory.write(cell, attribute === null ? Uint8Array.of(code) : Uint8Array.of(code, attribute));
      column++;
    }
    if (column >= COLUMNS) {
      column = 0;
      row++;
    }
    if (row >= ROWS) {
      row = ROWS - 1;
      // New lines have the attribute of the cell that the cursor was on.
      const below = data.byte(VIDEO_MEMORY + page * PAGE_SIZE + (row * COLUMNS + column) * 2 + 1);
      this.#scrollWindow(page, { top: 0, left: 0, bottom: ROWS - 1, right: COLUMNS - 1 }, 1, below);
    }
    this.#setCursor(page, row, column);
  }

  /** AH=13h: CX characters from ES:BP at DH, DL; AL bit 0 moves the cursor, bit 1 says that attributes stand between. */
  #writeString(call: Call): void {
    const { data } = this.#pc;
    const page = call.bh % PAGES;
    const kept = data.word(this.#cursorAt(page));
    if (call.dh !== 0xff) this.#setCursor(page, call.dh, call.dl);
    const step = call.al & 2 ? 2 : 1;
    for (let i = 0; i < call.cx; i++) {
      const at = call.address('es', call.bp + i * step);
      this.#teletype(data.byte(at), page, step === 2 ? data.byte(at + 1) : call.bl);
    }
    if (!(call.al & 1)) this.#setCursor(page, kept >> 8, kept & 0xff);
  }

  /** AH=11h: the font is the 8 x 16 one in the ROM; others cannot be loaded. */
  #font(call: Call): void {
    const isRomFont = call.al === 0x04 || call.al === 0x14;
    if (call.al === 0x30 && call.bh === 0x06) {
      call.es = FONT_8X16.segment;
      call.bp = FONT_8X16.offset;
      call.cx = 16;
      call.dx = (call.dx & 0xff00) | (ROWS - 1);
    } else if (!isRomFont) this.#unimplemented.say(`INT 10h AX=11${hex(call.al)} BH=${hex(call.bh)}`);
  }

  /** AH=12h: what an EGA would tell, and VGA settings that are as they are. */
  #alternate(call: Call): void {
    if (call.bl === 0x10) {
      // Colour, 256 KiB, no feature bits, switches of a colour display.
      call.bx = 0x0003;
      call.cx = 0x0009;
    } else if (call.bl >= 0x30 && call.bl <= 0x36) call.al = 0x12;
    else this.#unimplemented.say(`INT 10h AH=12h BL=${hex(call.bl)}`);
  }

  #crtc(index: number, value: number): void {
    this.#pc.ports.write(CRTC_INDEX, index, 1);
    this.#pc.ports.write(CRTC_DATA, value, 1);
  }
  #crtc16(index: number, value: number): void {
    this.#crtc(index, (value >> 8) & 0xff);
    this.#crtc(index + 1, value & 0xff);
  }
}

/** `length` bytes of cells with one character and attribute. */
function cells(length: number, character: number, attribute: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i % 2 === 0 ? character : attribute));
}
