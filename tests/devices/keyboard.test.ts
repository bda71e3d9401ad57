/** Keyboard, its controller, A20 and resets: what they send, when, and what they ask of the machine. */
import { describe, expect, test } from 'vitest';
import { I8042 } from '../../src/emulator/devices/i8042.ts';
import { Pit8254 } from '../../src/emulator/devices/pit8254.ts';
import { Ps2Keyboard } from '../../src/emulator/devices/ps2-keyboard.ts';
import { A20Gate, SystemPorts } from '../../src/emulator/devices/system-ports.ts';
import { Typist } from '../../src/emulator/devices/typist.ts';
import { Bench } from './bench.ts';

const DATA = 0x60;
const COMMAND = 0x64;
/** Longer than a byte takes on the cable. */
const BYTE = 100_000;

class KeyboardBench extends Bench {
  readonly keyboard = new Ps2Keyboard();
  readonly a20: boolean[] = [];
  readonly resets: string[] = [];
  readonly lines = { keyboard: 0, auxiliary: 0 };

  constructor() {
    super();
    const gate = new A20Gate((enabled) => this.a20.push(enabled));
    const controller = new I8042({
      keyboard: this.keyboard,
      a20: gate,
      reset: () => this.resets.push('controller'),
      interrupt: (level) => level && this.lines.keyboard++,
      auxiliaryInterrupt: (level) => level && this.lines.auxiliary++,
      log: (line) => this.log.push(line),
    });
    const pit = new Pit8254();
    this.with(pit, controller, new SystemPorts(pit, gate, (source) => this.resets.push(source)));
    this.a20.length = 0;
  }
  /** Without translation: what the keyboard sends as it is. */
  raw(): this {
    this.out(COMMAND, 0x60);
    this.out(DATA, 0x01);
    return this;
  }
  /** All bytes that come within some time. */
  take(time = 20 * BYTE): number[] {
    const bytes: number[] = [];
    for (const end = this.clock.now + time; this.clock.now < end; ) {
      this.pass(BYTE);
      while (this.in(COMMAND) & 1) bytes.push(this.in(DATA));
    }
    return bytes;
  }
  press(...codes: string[]): number[] {
    for (const code of codes) this.keyboard.keyDown(code);
    for (const code of codes.reverse()) this.keyboard.keyUp(code);
    return this.take();
  }
}

describe('scan codes', () => {
  // Intel's and IBM's tables: set 1 as the controller hands it on, set 2 as the keyboard sends it.
  test.each([
    ['KeyA', [0x1e, 0x9e], [0x1c, 0xf0, 0x1c]],
    ['Escape', [0x01, 0x81], [0x76, 0xf0, 0x76]],
    ['F7', [0x41, 0xc1], [0x83, 0xf0, 0x83]],
    ['Enter', [0x1c, 0x9c], [0x5a, 0xf0, 0x5a]],
    ['NumpadEnter', [0xe0, 0x1c, 0xe0, 0x9c], [0xe0, 0x5a, 0xe0, 0xf0, 0x5a]],
    ['ArrowUp', [0xe0, 0x48, 0xe0, 0xc8], [0xe0, 0x75, 0xe0, 0xf0, 0x75]],
    ['ControlRight', [0xe0, 0x1d, 0xe0, 0x9d], [0xe0, 0x14, 0xe0, 0xf0, 0x14]],
    [
      'PrintScreen',
      [0xe0, 0x2a, 0xe0, 0x37, 0xe0, 0xb7, 0xe0, 0xaa],
      [0xe0, 0x12, 0xe0, 0x7c, 0xe0, 0xf0, 0x7c, 0xe0, 0xf0, 0x12],
    ],
    ['Pause', [0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5], [0xe1, 0x14, 0x77, 0xe1, 0xf0, 0x14, 0xf0, 0x77]],
  ])('%s', (code, set1, set2) => {
    expect(new KeyboardBench().press(code)).toEqual(set1);
    expect(new KeyboardBench().raw().press(code)).toEqual(set2);
    // The keyboard's own set 1 is the same as the translation of its set 2.
    const bench = new KeyboardBench().raw();
    bench.out(DATA, 0xf0);
    bench.out(DATA, 0x01);
    expect(bench.take()).toEqual([0xfa, 0xfa]);
    expect(bench.press(code)).toEqual(set1);
  });
  test('SysRq and Break come of Alt and Ctrl', () => {
    expect(new KeyboardBench().press('AltLeft', 'PrintScreen')).toEqual([0x38, 0x54, 0xd4, 0xb8]);
    expect(new KeyboardBench().press('ControlLeft', 'Pause')).toEqual([0x1d, 0xe0, 0x46, 0xe0, 0xc6, 0x9d]);
  });
  test('a key that is not there is named', () => {
    expect(() => new Ps2Keyboard().keyDown('KeyÄ')).toThrow('the keyboard has no key KeyÄ');
  });
});

describe('the keyboard', () => {
  test('repeats the last key while it is held', () => {
    const bench = new KeyboardBench();
    bench.keyboard.keyDown('KeyB');
    bench.keyboard.keyDown('KeyA');
    // Half a second, then 10.9 a second.
    expect(bench.take(49_000_000)).toEqual([0x30, 0x1e]);
    const repeated = bench.take(101_000_000 - 49_000_000);
    expect(new Set(repeated)).toEqual(new Set([0x1e]));
    expect(repeated).toHaveLength(6);
    bench.keyboard.keyDown('KeyA');
    bench.keyboard.keyUp('KeyA');
    expect(bench.take(100_000_000)).toEqual([0x9e]);
  });
  test('keeps sixteen bytes, and tells of what it has lost', () => {
    const bench = new KeyboardBench().raw();
    for (let i = 0; i < 10; i++) {
      bench.keyboard.keyDown('KeyA');
      bench.keyboard.keyUp('KeyA');
    }
    const bytes = bench.take(40 * BYTE);
    expect(bytes).toHaveLength(17);
    expect(bytes.at(-1)).toBe(0);
    expect(bench.press('KeyA')).toEqual([0x1c, 0xf0, 0x1c]);
  });
  test('sends nothing while it is disabled, by its own command or by the controller’s', () => {
    const bench = new KeyboardBench();
    bench.out(DATA, 0xf5);
    expect(bench.take()).toEqual([0xfa]);
    expect(bench.press('KeyA')).toEqual([]);
    bench.out(DATA, 0xf4);
    expect(bench.take()).toEqual([0xfa]);
    bench.out(COMMAND, 0xad);
    expect(bench.press('KeyA')).toEqual([]);
    bench.out(COMMAND, 0xae);
    expect(bench.take()).toEqual([0x1e, 0x9e]);
  });
  test('sends its last byte again', () => {
    const bench = new KeyboardBench();
    bench.press('KeyA');
    bench.out(DATA, 0xfe);
    expect(bench.take()).toEqual([0x1e]);
  });
});

describe('the keyboard controller', () => {
  test('interrupts once for each byte, as its command byte says', () => {
    const bench = new KeyboardBench();
    bench.press('KeyA');
    expect(bench.lines).toEqual({ keyboard: 2, auxiliary: 0 });
    bench.out(COMMAND, 0x60);
    bench.out(DATA, 0x40);
    bench.press('KeyA');
    expect(bench.lines.keyboard).toBe(2);
  });
  test('has no byte before it has travelled, and holds the next until this one is read', () => {
    const bench = new KeyboardBench();
    bench.keyboard.keyDown('KeyA');
    expect(bench.in(COMMAND) & 1).toBe(0);
    bench.pass(87_999);
    expect(bench.in(COMMAND) & 1).toBe(0);
    bench.pass(1);
    expect(bench.in(COMMAND) & 1).toBe(1);
    bench.keyboard.keyUp('KeyA');
    bench.pass(10 * BYTE);
    expect([bench.in(DATA), bench.in(DATA), bench.in(COMMAND) & 1]).toEqual([0x1e, 0x1e, 0]);
    bench.pass(2 * BYTE);
    expect(bench.in(DATA)).toBe(0x9e);
  });
  test('has no mouse: a byte to it times out', () => {
    const bench = new KeyboardBench();
    bench.out(COMMAND, 0x60);
    bench.out(DATA, 0x43);
    bench.out(COMMAND, 0xd4);
    bench.out(DATA, 0xff);
    expect(bench.in(COMMAND) & 0x61).toBe(0x61);
    expect([bench.in(DATA), bench.lines.auxiliary]).toEqual([0xfe, 1]);
  });
  test('resets the processor by a pulse on bit 0, and by that bit of its output port', () => {
    const bench = new KeyboardBench();
    bench.out(COMMAND, 0xff);
    expect(bench.resets).toEqual([]);
    bench.out(COMMAND, 0xfe);
    bench.out(COMMAND, 0xd1);
    bench.out(DATA, 0xce);
    expect(bench.resets).toEqual(['controller', 'controller']);
  });
  test('names a command that it has not', () => {
    const bench = new KeyboardBench();
    bench.out(COMMAND, 0xac);
    expect(bench.log).toEqual(['keyboard controller: command 0xac: not implemented']);
  });
});

describe('system control ports', () => {
  test('address line 20 is off while neither the keyboard controller nor port 0x92 asks for it', () => {
    const bench = new KeyboardBench();
    bench.out(COMMAND, 0xd1);
    bench.out(DATA, 0xdd);
    bench.out(0x92, 0);
    bench.out(COMMAND, 0xdf);
    bench.out(COMMAND, 0xdd);
    bench.out(0x92, 2);
    expect(bench.a20).toEqual([true, false, true, false, true]);
  });
  test('ports 0x92 and 0xcf9 reset the processor', () => {
    const bench = new KeyboardBench();
    bench.out(0x92, 3);
    bench.out(0x92, 3);
    bench.out(0xcf9, 2);
    bench.out(0xcf9, 6);
    expect(bench.resets).toEqual(['port 0x92', 'port 0xcf9']);
  });
  test('refresh toggles every 15 microseconds', () => {
    const bench = new KeyboardBench();
    let toggles = 0;
    for (let time = 0, last = bench.in(0x61) & 0x10; time < 1_000_000; time += 100) {
      bench.pass(100);
      const now = bench.in(0x61) & 0x10;
      if (now !== last) toggles++;
      last = now;
    }
    expect(toggles).toBe(Math.floor((0.01 * 1_193_182) / 18));
  });
});

describe('a typist', () => {
  test('types at a steady pace, with shift, and never faster than the guest reads', () => {
    const bench = new KeyboardBench();
    const typist = new Typist(bench.keyboard, bench.clock);
    typist.type('aB\n');
    bench.pass(1_000_000_000);
    // Nobody reads: one byte stands in the controller, and one character in the keyboard.
    expect(typist.isTyping).toBe(true);
    expect(bench.take(1_000_000_000)).toEqual([0x1e, 0x9e, 0x2a, 0x30, 0xb0, 0xaa, 0x1c, 0x9c]);
    expect(typist.isTyping).toBe(false);
  });
  test('refuses a character that the layout has not, and types nothing then', () => {
    const bench = new KeyboardBench();
    const typist = new Typist(bench.keyboard, bench.clock);
    expect(() => typist.type('aä')).toThrow('no key of the US layout types "ä"');
    expect(bench.take(100_000_000)).toEqual([]);
  });
});
