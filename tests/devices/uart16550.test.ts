/** Expectations are the statements of the PC16550D data sheet (TL/C/8652), section by section. */
import { beforeEach, describe, expect, test } from 'vitest';
import { PortBus } from '../../src/emulator/devices/bus.ts';
import { INSTRUCTIONS_PER_SECOND, VirtualClock } from '../../src/emulator/devices/clock.ts';
import { COM1, Uart16550 } from '../../src/emulator/devices/uart16550.ts';

const [DATA, IER, IIR, LCR, MCR, LSR, MSR, SCR] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
const FCR = IIR;

let bus: PortBus;
let uart: Uart16550;
let sent: number[];
let line: boolean[];
let log: string[];
let now: number;
let clock: VirtualClock;

beforeEach(() => {
  bus = new PortBus();
  sent = [];
  line = [];
  log = [];
  now = 0;
  clock = new VirtualClock(() => now);
  uart = new Uart16550({
    sink: (byte) => sent.push(byte),
    interrupt: (level) => line.push(level),
    log: (text) => log.push(text),
  });
  uart.plugIn(bus, clock);
  uart.reset();
});

const read = (register: number) => bus.read(COM1 + register, 1);
const write = (register: number, value: number) => bus.write(COM1 + register, value, 1);
function pass(instructions: number): void {
  now += instructions;
  clock.ringDue();
}

describe('registers (table I and II)', () => {
  test('after reset', () => {
    expect([IER, IIR, LCR, MCR, LSR].map(read)).toEqual([0, 0x01, 0, 0, 0x60]);
    expect(read(MSR) & 0x0f).toBe(0);
  });

  test('bits that are permanently zero', () => {
    for (const register of [IER, MCR, LCR, SCR]) write(register, 0x7f);
    expect([IER, MCR, LCR, SCR].map(read)).toEqual([0x0f, 0x1f, 0x7f, 0x7f]);
  });

  test('the divisor latch lies behind bit 7 of the line control register', () => {
    write(IER, 0x05);
    write(LCR, 0x83);
    write(DATA, 0x34);
    write(IER, 0x12);
    expect([read(DATA), read(IER)]).toEqual([0x34, 0x12]);
    write(LCR, 0x03);
    expect(read(IER)).toBe(0x05);
    expect(sent).toEqual([]);
  });

  test('a write to a read-only register is named', () => {
    write(LSR, 0);
    write(MSR, 0);
    write(MSR, 0);
    expect(log).toHaveLength(2);
    expect(log[0]).toMatch('line status register');
    expect(log[1]).toMatch('modem status register');
  });
});

describe('transmitting', () => {
  test('a byte leaves whole, and the holding register is empty again (8.4)', () => {
    write(LCR, 0x03);
    for (const byte of [0x48, 0xff, 0]) write(DATA, byte);
    expect(sent).toEqual([0x48, 0xff, 0]);
    expect(read(LSR)).toBe(0x60);
    expect(log).toEqual([]);
  });

  test('words shorter than 8 bits are named, since a real line would cut them', () => {
    write(DATA, 0xff);
    expect(sent).toEqual([0xff]);
    expect(log).toEqual([expect.stringMatching('words of 5 bits')]);
  });

  test('holding register empty interrupt: raised by enabling, cleared by reading its identification (table IV)', () => {
    write(MCR, 0x08);
    write(IER, 0x02);
    expect(line).toEqual([true]);
    expect(read(IIR)).toBe(0x02);
    expect(line).toEqual([true, false]);
    expect(read(IIR)).toBe(0x01);
    write(DATA, 0x41);
    expect(line).toEqual([true, false, true]);
  });

  test('writing the holding register drops the line before it rises again', () => {
    write(MCR, 0x08);
    write(IER, 0x02);
    write(DATA, 0x41);
    expect(line).toEqual([true, false, true]);
  });
});

describe('receiving', () => {
  test('one byte at a time without the FIFO; the next one waits outside', () => {
    uart.receive([0x61, 0x62]);
    expect(uart.unread).toBe(2);
    expect(read(LSR) & 0x03).toBe(0x01);
    expect(read(DATA)).toBe(0x61);
    expect(read(LSR) & 0x01).toBe(0x01);
    expect(read(DATA)).toBe(0x62);
    expect(read(LSR) & 0x01).toBe(0);
    expect(read(LSR) & 0x02).toBe(0);
  });

  test('data available interrupt follows the trigger level (8.5, 8.11)', () => {
    write(MCR, 0x08);
    write(IER, 0x01);
    write(FCR, 0x81); // trigger at 8
    uart.receive([1, 2, 3, 4, 5, 6, 7]);
    expect(line).toEqual([]);
    uart.receive([8]);
    expect(line).toEqual([true]);
    expect(read(IIR)).toBe(0xc4);
    read(DATA);
    expect(line).toEqual([true, false]);
  });

  test('character time-out comes after four character times, and reading clears it (8.11)', () => {
    write(MCR, 0x08);
    write(LCR, 0x83);
    write(DATA, 12); // 9600 baud
    write(IER, 0);
    write(LCR, 0x03); // 8N1: ten bits
    write(IER, 0x01);
    write(FCR, 0x41); // trigger at 4
    uart.receive([0x31, 0x32]);
    const fourCharacters = (4 * 10 * INSTRUCTIONS_PER_SECOND) / 9600;
    pass(Math.floor(fourCharacters));
    expect(read(IIR)).toBe(0xc1);
    pass(1);
    expect(read(IIR)).toBe(0xcc);
    expect(line).toEqual([true]);
    expect(read(DATA)).toBe(0x31);
    expect(read(IIR)).toBe(0xc1);
    pass(Math.ceil(fourCharacters));
    expect(read(IIR)).toBe(0xcc);
  });

  test('a master reset drops pending bytes and alarms', () => {
    write(IER, 0x01);
    write(FCR, 0x41);
    uart.receive(new Array(20).fill(0x55));
    uart.reset();
    expect(read(LSR)).toBe(0x60);
    expect(uart.unread).toBe(0);
    expect(clock.next).toBeNull();
  });
});

describe('FIFO control register (8.5)', () => {
  test('bits 7-6 of the identification register tell that the FIFOs are on', () => {
    write(FCR, 0x01);
    expect(read(IIR)).toBe(0xc1);
    write(FCR, 0x00);
    expect(read(IIR)).toBe(0x01);
  });

  test('changing bit 0 and setting bit 1 clear the receiver; bit 1 without bit 0 does not', () => {
    write(MCR, 0x10); // loop-back, so that nothing comes in behind
    write(LCR, 0x03);
    write(FCR, 0x01);
    write(DATA, 1);
    write(FCR, 0x03);
    expect(read(LSR) & 1).toBe(0);
    write(DATA, 2);
    write(FCR, 0x00);
    expect(read(LSR) & 1).toBe(0);
    write(DATA, 3);
    write(FCR, 0x02);
    expect(read(LSR) & 1).toBe(1);
    expect(read(DATA)).toBe(3);
  });
});

describe('loop-back (8.8)', () => {
  test('what is sent comes back cut to the word length, and does not leave', () => {
    write(MCR, 0x10);
    for (const [lcr, expected] of [
      [0, 0x1f],
      [1, 0x3f],
      [2, 0x7f],
      [3, 0xff],
    ] as const) {
      write(LCR, lcr);
      write(DATA, 0xff);
      expect(read(DATA)).toBe(expected);
    }
    expect(sent).toEqual([]);
  });

  test('overrun: without the FIFO the old byte is lost, with it the new one; reading the status clears it (8.4)', () => {
    write(LCR, 0x03);
    write(MCR, 0x10);
    write(DATA, 1);
    write(DATA, 2);
    expect(read(LSR)).toBe(0x63);
    expect(read(LSR)).toBe(0x61);
    expect(read(DATA)).toBe(2);
    write(FCR, 0x01);
    for (let i = 1; i <= 17; i++) write(DATA, i);
    expect(read(LSR) & 0x02).toBe(0x02);
    expect(Array.from({ length: 16 }, () => read(DATA))).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));
    expect(read(LSR)).toBe(0x60);
  });

  test('the outputs drive the modem inputs, changes are noted until read (8.9)', () => {
    write(MCR, 0x10);
    expect(read(MSR)).toBe(0x0b); // CTS, DSR and DCD fell
    write(MCR, 0x1f);
    expect(read(MSR)).toBe(0xfb); // all rose; RI notes only its falling edge
    write(MCR, 0x1b);
    expect(read(MSR)).toBe(0xb4);
    expect(read(MSR)).toBe(0xb0);
  });

  test('interrupts work inside the chip, but OUT2 is cut off from the line', () => {
    write(LCR, 0x03);
    write(MCR, 0x18);
    write(IER, 0x01);
    write(DATA, 7);
    expect(read(IIR)).toBe(0x04);
    expect(line).toEqual([]);
  });

  test('bytes from outside wait until loop-back ends', () => {
    write(MCR, 0x10);
    uart.receive([0x21]);
    expect(read(LSR) & 1).toBe(0);
    write(MCR, 0x00);
    expect(read(DATA)).toBe(0x21);
  });
});

test('interrupt priorities (table IV): line status, received data, holding register, modem status', () => {
  write(LCR, 0x03);
  write(MCR, 0x10);
  write(IER, 0x0f);
  write(DATA, 1);
  write(DATA, 2); // overrun
  expect(read(IIR)).toBe(0x06);
  read(LSR);
  expect(read(IIR)).toBe(0x04);
  read(DATA);
  expect(read(IIR)).toBe(0x02);
  expect(read(IIR)).toBe(0x00);
  read(MSR);
  expect(read(IIR)).toBe(0x01);
});

test('without OUT2 the line stays low', () => {
  write(IER, 0x02);
  expect(read(IIR)).toBe(0x02);
  expect(line).toEqual([]);
});
