/** Interrupt controllers, keyboard controller, keyboard, clock and timer, beside QEMU's. */
import { test } from 'vitest';
import { describeWith } from '../support/environment.ts';
import { compare, generator, MOST_READS, type Op, out, read, until } from './port-program.ts';

const MASTER = 0x20;
const SLAVE = 0xa0;
const CONTROLLER = 0x64;
const DATA = 0x60;

/** But for the input buffer, and for what was written last, command or data: QEMU always says command. */
const STATUS = 0xf5;
/** The timer's line moves by itself: it stays masked, and its bit is left out. */
const NOT_TIMER = 0xfe;

/** Lines that a program can raise and lower by itself, and the state that they are in. */
class Lines {
  readonly #ops: Op[];
  #serial = false;
  #output: 'keyboard' | 'auxiliary' | null = null;

  constructor(ops: Op[]) {
    this.#ops = ops;
  }
  toggleSerial(): void {
    this.#serial = !this.#serial;
    this.#ops.push(out(0x3f9, this.#serial ? 2 : 0));
  }
  toggleOutput(which: 'keyboard' | 'auxiliary'): void {
    if (this.#output) this.#ops.push(read(DATA));
    else this.#ops.push(out(CONTROLLER, which === 'keyboard' ? 0xd2 : 0xd3), out(DATA, 0x5a));
    this.#output = this.#output ? null : which;
  }
  lowerAll(): void {
    if (this.#serial) this.toggleSerial();
    if (this.#output) this.toggleOutput(this.#output);
  }
}

describeWith(['qemu'], 'QEMU', () => {
  test('the interrupt controllers answer the same to random programs', async () => {
    const random = generator();
    // IRQ 1 and 12 by the keyboard controller, both on; IRQ 4 by the serial port.
    const ops: Op[] = [
      out(CONTROLLER, 0x60),
      out(DATA, 0x43),
      out(0x3fc, 8),
      out(0x3fa, 0),
      out(0x3f9, 0),
      read(0x3fa, 0),
    ];
    const lines = new Lines(ops);
    const specialMask = { [MASTER]: false, [SLAVE]: false };
    const chips = [MASTER, SLAVE] as const;
    let reads = 1;
    const initialise = () => {
      lines.lowerAll();
      // Level-triggered lines are chosen while nothing is requested: QEMU forgets no request when one becomes so.
      ops.push(out(0x4d0, 0), out(0x4d1, 0));
      const icw4 = [1, 3, 0x11, 0x13][random(4)]!;
      for (const chip of chips) {
        ops.push(out(chip, 0x11), out(chip + 1, chip === MASTER ? 0x20 : 0x28), out(chip + 1, chip === MASTER ? 4 : 2));
        // The slave is told of no special nesting: that is for the one with a slave behind it.
        ops.push(out(chip + 1, chip === MASTER ? icw4 : icw4 & 3), out(chip + 1, random(256) | 1));
        specialMask[chip] = false;
      }
      ops.push(out(0x4d0, random(256)), out(0x4d1, random(256)), read(0x4d0), read(0x4d1));
      reads += 2;
    };
    initialise();
    while (reads < MOST_READS - 16) {
      const chip = chips[random(2)]!;
      const value = random(256);
      switch (random(12)) {
        case 0:
          initialise();
          reads++;
          break;
        case 1:
        case 2:
          specialMask[chip] = (value & 1) !== 0;
          ops.push(out(chip, specialMask[chip] ? 0x68 : 0x48));
          break;
        case 3:
        case 4: {
          // In special mask mode QEMU lets a non-specific end reach inputs that are masked; the data sheet does not.
          const command = specialMask[chip] ? (value & 0xe7) | 0x40 : value & 0xe7;
          ops.push(out(chip, command));
          break;
        }
        case 5:
        case 6:
          ops.push(out(chip, 0x0c), read(chip));
          reads++;
          break;
        case 7:
          ops.push(out(chip + 1, chip === MASTER ? value | 1 : value), read(chip + 1));
          reads++;
          break;
        case 8:
        case 9:
          lines.toggleSerial();
          break;
        default:
          lines.toggleOutput(value & 1 ? 'keyboard' : 'auxiliary');
          reads++;
      }
      for (const each of chips) {
        const mask = each === MASTER ? NOT_TIMER : 0xff;
        ops.push(out(each, 0x0a), read(each, mask), out(each, 0x0b), read(each));
      }
      reads += 4;
    }
    await compare(ops);
  });

  test('the keyboard controller and the keyboard answer the same', async () => {
    /** A command to the controller, what belongs to it, and how many bytes it answers. */
    const controller = (command: number, answers = 0, ...values: number[]): Op[] => [
      out(CONTROLLER, command),
      ...values.map((value) => out(DATA, value)),
      ...new Array(answers).fill([until(CONTROLLER, 1), read(CONTROLLER, STATUS), read(DATA)]).flat(),
    ];
    const keyboard = (answers: number, ...values: number[]): Op[] => [
      ...values.flatMap((value) => [out(DATA, value), until(CONTROLLER, 1), read(CONTROLLER, STATUS), read(DATA)]),
      ...new Array(answers - values.length).fill([until(CONTROLLER, 1), read(CONTROLLER, STATUS), read(DATA)]).flat(),
    ];
    const talk = [
      ...[keyboard(1, 0xee), keyboard(3, 0xf2), keyboard(2, 0xed, 2), keyboard(2, 0xf3, 0x20), keyboard(1, 0xf4)],
      ...[keyboard(1, 0xf5), keyboard(1, 0xf6), keyboard(1, 0xf4), keyboard(3, 0xf0, 0), keyboard(2, 0xf0, 1)],
      ...[keyboard(3, 0xf0, 0), keyboard(2, 0xf0, 2), keyboard(3, 0xf0, 0), keyboard(1, 0x01), keyboard(2, 0xff)],
    ].flat();
    await compare([
      read(CONTROLLER, STATUS),
      ...controller(0xaa, 1),
      ...controller(0xab, 1),
      ...controller(0xa9, 1),
      ...controller(0x20, 1),
      ...controller(0xc0, 1),
      ...controller(0xd0, 1),
      ...controller(0xa8),
      ...controller(0x20, 1),
      ...controller(0xa7),
      ...controller(0x20, 1),
      ...controller(0xad),
      ...controller(0x20, 1),
      ...controller(0xae),
      ...controller(0xd2, 1, 0x77),
      ...controller(0xd3, 1, 0x88),
      read(DATA),
      // Address line 20 stays on: the program lies above 1 MiB.
      ...controller(0xdf),
      ...controller(0xd1, 0, 0xcf),
      ...controller(0xd0, 1),
      // Without translation, then with it.
      ...controller(0x60, 0, 0x20),
      ...talk,
      ...controller(0x60, 0, 0x60),
      ...talk,
      // The pulse of no line.
      ...controller(0xff),
      read(CONTROLLER, STATUS),
    ]);
  });

  test('the clock’s registers and memory keep the same bits, and tell the same configuration', async () => {
    const random = generator();
    const cmos = (index: number, mask?: number): Op[] => [out(0x70, index), read(0x71, mask)];
    const ops: Op[] = [read(0x70), ...cmos(0x0b), ...cmos(0x0d), ...cmos(0x0f)];
    // Base memory, extended memory twice, memory above 16 MiB; above 4 GiB there is none.
    for (const index of [0x15, 0x16, 0x17, 0x18, 0x30, 0x31, 0x34, 0x35, 0x5b, 0x5c, 0x5d]) ops.push(...cmos(index));
    // With the updates stopped the time stays as it is written.
    ops.push(out(0x70, 0x0b), out(0x71, 0x82));
    for (const [index, value] of [
      [0, 0x59],
      [2, 0x58],
      [4, 0x23],
      [6, 3],
      [7, 0x28],
      [8, 2],
      [9, 0x24],
      [1, 0xff],
      [3, 0xc0],
      [5, 0x12],
    ] as const)
      ops.push(out(0x70, index), out(0x71, value), read(0x71));
    for (let i = 0; i < 60; i++) {
      const index = [0x33, 0x36, 0x40 + random(0x3f)][random(3)]!;
      ops.push(out(0x70, index | (random(2) << 7)), out(0x71, random(256)), read(0x71));
    }
    // Register B takes all but what is fixed; C and D cannot be written.
    for (const value of [0x82, 0x86, 0x80, 0x82]) ops.push(out(0x70, 0x0b), out(0x71, value), read(0x71));
    for (const value of [0x20, 0x26, 0x2f, 0xa6]) ops.push(out(0x70, 0x0a), out(0x71, value), read(0x71, 0x7f));
    ops.push(out(0x70, 0x0d), out(0x71, 0x55), read(0x71));
    await compare(ops);
  });

  test('the timer’s status tells what was programmed', async () => {
    const ops: Op[] = [];
    for (const counter of [0, 2])
      for (const access of [1, 2, 3])
        for (let mode = 0; mode < 6; mode++)
          for (const bcd of [0, 1])
            ops.push(
              out(0x43, (counter << 6) | (access << 4) | (mode << 1) | bcd),
              out(0x43, 0xe0 | (2 << counter)),
              read(0x40 + counter, 0x3f),
            );
    // Ports 0x61, but for the refresh and the timer's output, and 0x92.
    for (const value of [0, 1, 2, 3, 0]) ops.push(out(0x61, value), read(0x61, 0x03));
    for (const value of [2, 0, 2]) ops.push(out(0x92, value), read(0x92));
    await compare(ops);
  });
});
