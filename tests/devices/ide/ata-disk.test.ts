/** Expectations are the statements of ATA/ATAPI-6 (T13/1410D revision 3b), by clause. */
import { beforeEach, describe, expect, test } from 'vitest';
import { MemoryDisk } from '../../../src/emulator/devices/block-device.ts';
import { AtaDisk } from '../../../src/emulator/devices/ide/ata-disk.ts';
import {
  BASE,
  BSY,
  CONTROL,
  COUNT,
  DATA,
  DEVICE,
  DRDY,
  DRQ,
  DSC,
  ERR,
  ERROR,
  HIGH,
  Host,
  LOW,
  MID,
  numbered,
  STATUS,
} from './harness.ts';

const SECTORS = 20_000;
const READY = DRDY | DSC;
const image = numbered(SECTORS);
const sector = (first: number, count = 1) => image.subarray(first * 512, (first + count) * 512);
const filled = (value: number, sectors = 1) => new Uint8Array(512 * sectors).fill(value);

let disk: MemoryDisk;
let host: Host;
beforeEach(() => {
  disk = new MemoryDisk(image);
  host = new Host(new AtaDisk(disk, 'QM00001'));
});

describe('after power-on and resets (9.12)', () => {
  const SIGNATURE = [0x01, 0x01, 0x01, 0x00, 0x00];

  test('the registers hold the signature, and the drive is ready', () => {
    expect(host.registers(ERROR, COUNT, LOW, MID, HIGH)).toEqual(SIGNATURE);
    expect(host.status).toBe(READY);
  });

  test('SRST holds the drive busy while it is set, and a while longer', () => {
    host.lba28(0x20, 5, 1);
    host.wait();
    host.control(0x04);
    expect(host.status).toBe(BSY);
    host.pass(1e9);
    expect(host.status).toBe(BSY);
    host.control(0x00);
    expect(host.status).toBe(BSY);
    expect(host.wait()).toBeGreaterThan(0);
    expect(host.registers(ERROR, COUNT, LOW, MID, HIGH)).toEqual(SIGNATURE);
    expect([host.status, host.interrupt]).toEqual([READY, false]);
  });

  test('EXECUTE DEVICE DIAGNOSTIC leaves the signature too, with an interrupt', () => {
    host.write(STATUS, 0x90);
    host.wait();
    expect(host.interrupt).toBe(true);
    expect(host.registers(ERROR, COUNT, LOW, MID, HIGH)).toEqual(SIGNATURE);
  });
});

describe('PIO data-in (9.5)', () => {
  test('BSY, then DRQ and the interrupt; reading Status takes it back, reading Alternate Status does not', () => {
    host.lba28(0x20, 7, 1);
    expect([host.status & (BSY | DRQ), host.interrupt]).toEqual([BSY, false]);
    expect(host.wait()).toBe(10_000);
    expect([host.status, host.interrupt]).toEqual([READY | DRQ, true]);
    expect(host.acknowledge()).toBe(READY | DRQ);
    expect(host.interrupt).toBe(false);
    expect(host.take(510)).toEqual(sector(7).subarray(0, 510));
    expect(host.status).toBe(READY | DRQ);
    expect(host.take(2)).toEqual(sector(7).subarray(510));
    expect([host.status, host.interrupt]).toEqual([READY, false]);
  });

  test('an interrupt for each sector, BSY between them', () => {
    host.lba28(0x20, 100, 3);
    for (let i = 0; i < 3; i++) {
      host.wait();
      expect([host.interrupt, host.acknowledge()]).toEqual([true, READY | DRQ]);
      expect(host.take(512)).toEqual(sector(100 + i));
      expect(host.status & (BSY | DRQ)).toBe(i < 2 ? BSY : 0);
    }
    expect(host.line).toEqual([true, false, true, false, true, false]);
  });

  test('a sector count of zero stands for 256', () => {
    host.lba28(0x20, 0, 0);
    for (let i = 0; i < 256; i++) {
      host.wait();
      expect(host.take(512)).toEqual(sector(i));
    }
    expect(host.status).toBe(READY);
  });

  test('with nIEN there is no interrupt; it comes when nIEN is cleared', () => {
    host.control(0x02);
    host.lba28(0x20, 1, 1);
    host.wait();
    expect(host.interrupt).toBe(false);
    host.control(0x00);
    expect(host.interrupt).toBe(true);
  });

  test('32-bit reads of the data register give two words', () => {
    host.lba28(0x20, 9, 1);
    host.wait();
    const words = Array.from({ length: 128 }, () => host.bus.read(BASE + DATA, 4));
    expect(words).toEqual(Array.from({ length: 128 }, (_, i) => 9 * 128 + i));
    expect(host.status).toBe(READY);
  });

  test('CHS addresses by the default geometry: 16 heads, 63 sectors', () => {
    host.chs(0x20, 3, 5, 7, 1);
    host.wait();
    expect(host.take(512)).toEqual(sector((3 * 16 + 5) * 63 + 6));
  });

  test('CHS addresses by a geometry of the host (INITIALIZE DEVICE PARAMETERS)', () => {
    host.write(DEVICE, 0xa0 | 3);
    host.write(COUNT, 17);
    host.write(STATUS, 0x91);
    host.wait();
    host.chs(0x20, 2, 3, 17, 1);
    host.wait();
    expect(host.take(512)).toEqual(sector((2 * 4 + 3) * 17 + 16));
  });

  test('48-bit addresses: high-order bytes are written first, and read with HOB', () => {
    host.lba48(0x24, 12_345, 2);
    host.wait();
    expect(host.take(512)).toEqual(sector(12_345));
    host.wait();
    expect(host.take(512)).toEqual(sector(12_346));
    host.write(LOW, 0x11);
    host.write(LOW, 0x22);
    host.control(0x80);
    expect(host.read(LOW)).toBe(0x11);
    // A write to the command block makes HOB zero.
    host.write(MID, 0);
    expect(host.read(LOW)).toBe(0x22);
  });

  test('READ MULTIPLE moves blocks, the last one shorter', () => {
    host.write(COUNT, 4);
    host.write(STATUS, 0xc6);
    host.wait();
    host.acknowledge();
    host.line.length = 0;
    host.lba28(0xc4, 50, 6);
    host.wait();
    host.acknowledge();
    expect(host.take(2048)).toEqual(sector(50, 4));
    expect(host.status & BSY).toBe(BSY);
    host.wait();
    host.acknowledge();
    expect(host.take(1024)).toEqual(sector(54, 2));
    expect(host.status).toBe(READY);
    expect(host.line).toEqual([true, false, true, false]);
  });
});

describe('PIO data-out (9.6)', () => {
  test('the first block is asked for without an interrupt, each further one and the end with one', () => {
    host.lba28(0x30, 40, 2);
    expect(host.wait()).toBe(10_000);
    expect([host.status, host.interrupt]).toEqual([READY | DRQ, false]);
    host.give(filled(1));
    expect(host.status & (BSY | DRQ)).toBe(BSY);
    host.wait();
    expect([host.interrupt, host.acknowledge()]).toEqual([true, READY | DRQ]);
    host.give(filled(2));
    host.wait();
    expect([host.interrupt, host.acknowledge()]).toEqual([true, READY]);
    expect(disk.read(40, 2)).toEqual(new Uint8Array([...filled(1), ...filled(2)]));
  });

  test('WRITE SECTORS EXT and WRITE MULTIPLE', () => {
    host.lba48(0x34, 19_999, 1);
    host.wait();
    host.give(filled(3));
    host.wait();
    host.write(COUNT, 2);
    host.write(STATUS, 0xc6);
    host.wait();
    host.lba28(0xc5, 10, 2);
    host.wait();
    host.give(filled(4, 2));
    host.wait();
    expect([disk.read(19_999, 1), disk.read(10, 2)]).toEqual([filled(3), filled(4, 2)]);
  });

  test('what is written survives a power cut from FLUSH CACHE on', () => {
    host.lba28(0x30, 0, 1);
    host.wait();
    host.give(filled(5));
    host.wait();
    expect(disk.unflushed).toHaveLength(1);
    host.write(STATUS, 0xe7);
    host.pass(1);
    expect(disk.unflushed).toHaveLength(1);
    host.wait();
    expect([disk.unflushed, host.interrupt]).toEqual([[], true]);
  });

  test('without write cache at once', () => {
    host.write(1, 0x82);
    host.write(STATUS, 0xef);
    host.wait();
    host.lba28(0x30, 0, 1);
    host.wait();
    host.give(filled(5));
    host.wait();
    expect(disk.unflushed).toEqual([]);
  });

  test('a power cut in mid-command leaves whole sectors', () => {
    host.lba28(0x30, 0, 2);
    host.wait();
    host.give(filled(6));
    host.wait();
    host.give(filled(6).subarray(0, 100));
    disk.cutPower(() => true);
    expect([disk.read(0, 1), disk.read(1, 1)]).toEqual([filled(6), sector(1)]);
  });
});

describe('errors', () => {
  test('a sector that is not there: IDNF, and the registers name it (8.34.6)', () => {
    host.lba28(0x20, SECTORS - 1, 2);
    host.wait();
    host.take(512);
    host.wait();
    expect([host.status, host.interrupt]).toEqual([READY | ERR, true]);
    expect(host.read(ERROR)).toBe(0x10);
    expect(host.registers(LOW, MID, HIGH)).toEqual([SECTORS & 0xff, SECTORS >> 8, 0]);
  });

  test('a write past the end takes no data', () => {
    host.lba28(0x30, SECTORS, 1);
    host.wait();
    expect([host.status, host.read(ERROR)]).toEqual([READY | ERR, 0x10]);
  });

  test('CHS: sector 0 and a head that is not there', () => {
    for (const [head, at] of [
      [0, 0],
      [0, 64],
    ] as const) {
      host.chs(0x20, 0, head, at, 1);
      host.wait();
      expect(host.read(ERROR)).toBe(0x10);
    }
  });

  test.each([
    ['NOP', 0x00],
    ['DEVICE RESET, which is for packet drives', 0x08],
    ['PACKET', 0xa0],
    ['IDENTIFY PACKET DEVICE', 0xa1],
    ['READ DMA: there is no bus master', 0xc8],
    ['READ MULTIPLE before SET MULTIPLE', 0xc4],
    ['a code of nothing', 0x3c],
  ])('ABRT for %s', (_, command) => {
    host.write(STATUS, command);
    host.wait();
    expect([host.status, host.interrupt, host.read(ERROR)]).toEqual([READY | ERR, true, 0x04]);
  });

  test('SET MULTIPLE refuses what is no power of two up to 16, SET FEATURES what it does not know', () => {
    for (const [count, error] of [
      [16, 0],
      [3, 4],
      [32, 4],
    ] as const) {
      host.write(COUNT, count);
      host.write(STATUS, 0xc6);
      host.wait();
      expect([count, host.read(ERROR)]).toEqual([count, error]);
    }
    host.write(1, 0x99);
    host.write(STATUS, 0xef);
    host.wait();
    expect(host.read(ERROR)).toBe(0x04);
  });

  test('an error is gone with the next command', () => {
    host.write(STATUS, 0x3c);
    host.wait();
    host.lba28(0x20, 0, 1);
    host.wait();
    expect([host.status, host.read(ERROR)]).toEqual([READY | DRQ, 0]);
  });
});

describe('while busy', () => {
  test('registers read as Status and cannot be written (7.2)', () => {
    host.lba28(0x20, 3, 1);
    expect(host.registers(ERROR, COUNT, LOW, MID, HIGH, DEVICE)).toEqual(new Array(6).fill(host.status));
    host.write(LOW, 99);
    host.write(STATUS, 0xec);
    host.wait();
    expect(host.take(512)).toEqual(sector(3));
  });
  test('the data register floats, and swallows', () => {
    host.lba28(0x30, 3, 1);
    host.give(filled(1));
    expect(host.bus.read(BASE, 2)).toBe(0xffff);
    host.wait();
    expect(host.status).toBe(READY | DRQ);
  });
});

describe('two drives and one', () => {
  test('a drive 1 that is not there has Status zero, and drive 0 answers for the rest (9.16.1)', () => {
    host.write(DEVICE, 0xb0);
    expect([host.status, host.read(STATUS)]).toEqual([0, 0]);
    expect(host.registers(COUNT, LOW)).toEqual([1, 1]);
    host.write(STATUS, 0xec);
    expect([host.status, host.interrupt]).toEqual([0, false]);
    host.write(DEVICE, 0xa0);
    expect(host.status).toBe(READY);
  });

  test('commands go to the selected one, the registers of both are written', () => {
    const two = MemoryDisk.empty(100);
    two.write(4, filled(0x77));
    const both = new Host(new AtaDisk(disk, 'one'), new AtaDisk(two, 'two'));
    both.lba28(0x20, 4, 1, 1);
    both.wait();
    expect(both.interrupt).toBe(true);
    expect(both.take(512)).toEqual(filled(0x77));
    both.write(DEVICE, 0xe0);
    expect([both.interrupt, both.status]).toEqual([false, READY]);
    expect(both.read(LOW)).toBe(4);
    expect(both.read(DEVICE)).toBe(0xe0);
  });
});

describe('IDENTIFY DEVICE (8.15)', () => {
  function identify(): DataView {
    host.write(STATUS, 0xec);
    host.wait();
    return new DataView(host.take(512).buffer);
  }
  const word = (view: DataView, index: number) => view.getUint16(index * 2, true);
  const text = (view: DataView, from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => {
      const value = word(view, from + i);
      return String.fromCharCode(value >> 8, value & 0xff);
    })
      .join('')
      .trim();

  test('geometry, size, names', () => {
    const id = identify();
    expect([word(id, 1), word(id, 3), word(id, 6)]).toEqual([Math.floor(SECTORS / 1008), 16, 63]);
    expect([id.getUint32(120, true), id.getBigUint64(200, true)]).toEqual([SECTORS, BigInt(SECTORS)]);
    expect([text(id, 10, 19), text(id, 27, 46)]).toEqual(['QM00001', 'TOYVM HARDDISK']);
  });
  test('says what the drive can do: LBA, 48 bits, flush, write cache, PIO 4, no DMA', () => {
    const id = identify();
    expect(word(id, 0) & 0x8000).toBe(0);
    expect(word(id, 49) & 0x0300).toBe(0x0200);
    expect(word(id, 83) & 0xf400).toBe(0x7400);
    expect(word(id, 82) & 0x20).toBe(0x20);
    expect(word(id, 64) & 3).toBe(3);
    expect([word(id, 63), word(id, 88)]).toEqual([0, 0]);
  });
  test('its bytes add up to zero', () => {
    const id = identify();
    const bytes = new Uint8Array(id.buffer);
    expect(bytes[510]).toBe(0xa5);
    expect(bytes.reduce((sum, byte) => sum + byte, 0) & 0xff).toBe(0);
  });
  test('shows the settings that can be changed', () => {
    host.write(1, 0x82);
    host.write(STATUS, 0xef);
    host.wait();
    host.write(COUNT, 8);
    host.write(STATUS, 0xc6);
    host.wait();
    const id = identify();
    expect([word(id, 85) & 0x20, word(id, 59)]).toEqual([0, 0x108]);
  });
});

describe('power management (8.11, 8.40)', () => {
  test('CHECK POWER MODE: active', () => {
    host.write(STATUS, 0xe5);
    host.wait();
    expect(host.read(COUNT)).toBe(0xff);
  });
  test('SLEEP: only a reset wakes the drive', () => {
    host.write(STATUS, 0xe6);
    host.wait();
    host.acknowledge();
    host.lba28(0x20, 0, 1);
    host.pass(1e9);
    expect([host.status & (DRQ | BSY), host.interrupt]).toEqual([0, false]);
    host.control(4);
    host.control(0);
    host.wait();
    host.lba28(0x20, 0, 1);
    host.wait();
    expect(host.status).toBe(READY | DRQ);
  });
});

test('READ VERIFY takes the time of reading, READ NATIVE MAX ADDRESS names the last sector', () => {
  host.lba28(0x40, 0, 11);
  expect(host.wait()).toBe(10_000 + 11 * 1000);
  host.lba28(0x40, SECTORS - 2, 5);
  host.wait();
  expect(host.read(ERROR)).toBe(0x10);
  host.lba28(0xf8, 0, 0);
  host.wait();
  expect(host.registers(LOW, MID, HIGH)).toEqual([(SECTORS - 1) & 0xff, (SECTORS - 1) >> 8, 0]);
});

test('the control block is write-only but for Alternate Status', () => {
  expect(host.bus.read(CONTROL, 1)).toBe(READY);
});
