/** The VGA's registers and the serial port, beside QEMU's. */
import { test } from 'vitest';
import { ATTRIBUTE, CRTC, GRAPHICS, SEQUENCER } from '../../src/emulator/devices/vga-mode3.ts';
import { describeWith } from '../support/environment.ts';
import { compare, generator, indexed, MOST_READS, type Op, out, read } from './port-program.ts';

/** The attribute controller's index and data share a port; reading 0x3da makes the next write an index. */
const attribute = (index: number, write?: number): Op[] => [
  read(0x3da, 0),
  out(0x3c0, index),
  ...(write === undefined ? [read(0x3c1)] : [out(0x3c0, write)]),
];

describeWith(['qemu'], 'QEMU', () => {
  test('its BIOS leaves the VGA’s registers as ours are after power-on', async () => {
    // Cursor and start address follow what the BIOS has printed.
    const crtc = CRTC.values.map((_, i) => i).filter((i) => i < 0x0c || i > 0x0f);
    await compare([
      read(0x3cc),
      ...crtc.flatMap((i) => indexed(0x3d4, i)),
      ...SEQUENCER.values.flatMap((_, i) => indexed(0x3c4, i)),
      ...GRAPHICS.values.flatMap((_, i) => indexed(0x3ce, i)),
      ...ATTRIBUTE.values.flatMap((_, i) => attribute(i)),
      ...attribute(0x20),
      // The palette entries that the mode uses.
      ...Array.from({ length: 64 }, (_, i) => [out(0x3c7, i), read(0x3c9), read(0x3c9), read(0x3c9)]).flat(),
    ]);
  });

  test('registers of the VGA keep the same bits of random values', async () => {
    const random = generator();
    const ops: Op[] = [];
    for (let i = 0; i < 200; i++) {
      const value = random(256);
      switch (random(6)) {
        case 0:
          ops.push(out(0x3d4, random(CRTC.values.length)), out(0x3d5, value), read(0x3d4), read(0x3d5));
          break;
        case 1:
          ops.push(out(0x3c4, random(SEQUENCER.values.length)), out(0x3c5, value), read(0x3c4), read(0x3c5));
          break;
        case 2:
          ops.push(out(0x3ce, random(GRAPHICS.values.length)), out(0x3cf, value), read(0x3ce), read(0x3cf));
          break;
        case 3: {
          const index = random(ATTRIBUTE.values.length);
          ops.push(...attribute(index, value), ...attribute(index), ...attribute(index | 0x20));
          break;
        }
        case 4:
          ops.push(out(0x3c2, value | 1), read(0x3cc));
          break;
        default:
          ops.push(out(0x3c8, value), ...[random(256), random(256), random(256)].map((level) => out(0x3c9, level)));
          // A VGA's palette has 6 bits; QEMU gives back all eight.
          ops.push(out(0x3c7, value), read(0x3c9, 0x3f), read(0x3c9, 0x3f), read(0x3c9, 0x3f));
      }
    }
    // Back to text mode, so that video memory can be read again.
    ops.push(out(0x3c2, 0x67), out(0x3d4, 0x11), out(0x3d5, 0x0e));
    const restore = (port: number, values: readonly number[]) =>
      values.flatMap((value, i) => [out(port, i), out(port + 1, value)]);
    ops.push(...restore(0x3c4, SEQUENCER.values), ...restore(0x3ce, GRAPHICS.values), ...restore(0x3d4, CRTC.values));
    ops.push(...ATTRIBUTE.values.flatMap((value, i) => attribute(i, value)), read(0x3da, 0), out(0x3c0, 0x20));
    await compare(ops);
  });

  test('the UART answers the same to random programs', async () => {
    const random = generator();
    const at = (register: number) => 0x3f8 + register;
    // A known state; a divisor so high that no character time-out comes within the run.
    const ops: Op[] = [
      out(at(3), 0x80),
      out(at(0), 0xff),
      out(at(1), 0xff),
      out(at(3), 3),
      out(at(1), 0),
      out(at(4), 0),
    ];
    ops.push(out(at(2), 1), out(at(2), 0), out(at(7), 0), read(at(5)), read(at(0), 0), read(at(2), 0), read(at(6), 0));
    let reads = 4;
    while (reads < MOST_READS - 8) {
      const value = random(256);
      switch (random(12)) {
        case 0:
        case 1:
        case 2:
          // Sent to the outside, or back in loop-back.
          ops.push(out(at(3), 3), out(at(0), value));
          break;
        case 3:
          // QEMU does not note changes of the modem lines in loop-back, so that interrupt stays off.
          ops.push(out(at(3), 3), out(at(1), value & 0xf7));
          break;
        case 4:
          // Without bit 0, the data sheet has the other bits ignored; QEMU does not.
          ops.push(out(at(2), value & 1 ? value & 0xf7 : 0));
          break;
        case 5:
          ops.push(out(at(3), value | 3), read(at(3)));
          reads++;
          break;
        case 6:
          ops.push(out(at(4), value), read(at(4)));
          reads++;
          break;
        case 7:
          ops.push(out(at(7), value), read(at(7)));
          reads++;
          break;
        case 8:
          ops.push(
            out(at(3), 0x83),
            out(at(0), value),
            out(at(1), value | 0x80),
            read(at(0)),
            read(at(1)),
            out(at(3), 3),
          );
          reads += 2;
          break;
        default:
          ops.push(out(at(3), 3), ...[5, 2, 0, 1].map((register) => read(at(register))), read(at(6), 0xf0));
          reads += 5;
      }
    }
    await compare(ops);
  });
});
