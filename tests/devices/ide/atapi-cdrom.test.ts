/** Expectations are the statements of ATA/ATAPI-6 (clause 9.8), INF-8020i revision 2.6 and MMC-3. */
import { beforeEach, describe, expect, test } from 'vitest';
import { MemoryDisk } from '../../../src/emulator/devices/block-device.ts';
import { AtapiCdRom } from '../../../src/emulator/devices/ide/atapi-cdrom.ts';
import { BSY, COUNT, DEVICE, DRDY, DRQ, DSC, ERR, ERROR, HIGH, Host, LOW, MID, numbered, STATUS } from './harness.ts';

const SECTORS = 300;
const image = numbered(SECTORS * 4);
const READY = DRDY | DSC;

let host: Host;
beforeEach(() => {
  host = new Host(new AtapiCdRom(new MemoryDisk(image), 'QM00003'));
});

/** Runs a packet to its end. @returns its data, or the sense key */
function packet(bytes: number[], limit = 0xfffe): { data: Uint8Array; parts: number[]; error: number } {
  host.write(1, 0);
  host.write(MID, limit & 0xff);
  host.write(HIGH, limit >> 8);
  host.write(DEVICE, 0xa0);
  host.write(STATUS, 0xa0);
  host.wait();
  expect([host.status, host.read(COUNT) & 3]).toEqual([READY | DRQ, 1]);
  host.give(Uint8Array.from({ length: 12 }, (_, i) => bytes[i] ?? 0));
  const data: number[] = [];
  const parts: number[] = [];
  for (;;) {
    host.wait();
    expect(host.interrupt).toBe(true);
    const reason = host.read(COUNT) & 3;
    const status = host.acknowledge();
    if (!(status & DRQ)) {
      // Status phase: command and data-to-host both set.
      expect(reason).toBe(3);
      return { data: Uint8Array.from(data), parts, error: status & ERR ? host.read(ERROR) >> 4 : 0 };
    }
    expect(reason).toBe(2);
    const size = host.read(MID) | (host.read(HIGH) << 8);
    parts.push(size);
    data.push(...host.take(size + (size & 1)).subarray(0, size));
  }
}
const be32 = (value: number) => [value >>> 24, (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff];
const read10 = (sector: number, count: number) => [0x28, 0, ...be32(sector), 0, count >> 8, count & 0xff];
const ready = () => packet([0]);
const sense = () => [...packet([3, 0, 0, 0, 18]).data];

test('the signature after power-on tells a packet drive; DRDY is clear (9.12)', () => {
  expect(host.registers(ERROR, COUNT, LOW, MID, HIGH)).toEqual([1, 1, 1, 0x14, 0xeb]);
  expect(host.status & (BSY | DRDY | DRQ)).toBe(0);
});

test('IDENTIFY DEVICE aborts with the signature, IDENTIFY PACKET DEVICE answers', () => {
  host.write(STATUS, 0xec);
  host.wait();
  expect([host.status & ERR, host.read(ERROR), host.read(MID), host.read(HIGH)]).toEqual([ERR, 0x04, 0x14, 0xeb]);
  host.write(STATUS, 0xa1);
  host.wait();
  const id = new DataView(host.take(512).buffer);
  // ATAPI, CD-ROM, removable, 12-byte packets.
  expect(id.getUint16(0, true) & 0xdf83).toBe(0x8580);
});

test('the first command after power-on gets UNIT ATTENTION, with its reason as sense data', () => {
  expect(packet([0x12, 0, 0, 0, 36]).data).toHaveLength(36);
  expect(ready().error).toBe(6);
  const bytes = sense();
  expect([bytes[0], bytes[2], bytes[12]]).toEqual([0x70, 6, 0x29]);
  expect(ready().error).toBe(0);
  expect(sense()[2]).toBe(0);
});

describe('a drive that is ready', () => {
  beforeEach(() => {
    ready();
  });

  test('READ (10) and READ (12): sectors of 2,048 bytes', () => {
    expect(packet(read10(17, 2)).data).toEqual(image.subarray(17 * 2048, 19 * 2048));
    const read12 = [0xa8, 0, ...be32(299), ...be32(1)];
    expect(packet(read12).data).toEqual(image.subarray(299 * 2048));
    expect(packet(read10(0, 0)).data).toHaveLength(0);
  });

  test('in parts of what the host takes at once, an odd limit less one', () => {
    const { data, parts } = packet(read10(3, 3), 2049);
    expect(parts).toEqual([2048, 2048, 2048]);
    expect(data).toEqual(image.subarray(3 * 2048, 6 * 2048));
    expect(packet(read10(3, 1), 1000).parts).toEqual([1000, 1000, 48]);
  });

  test('READ past the end: ILLEGAL REQUEST, logical block address out of range', () => {
    expect(packet(read10(299, 2)).error).toBe(5);
    expect(sense()[12]).toBe(0x21);
  });

  test('READ CAPACITY: last sector and sector size', () => {
    expect([...packet([0x25]).data]).toEqual([...be32(SECTORS - 1), ...be32(2048)]);
  });

  test('INQUIRY: a removable CD-ROM, cut to what the host has room for', () => {
    const { data } = packet([0x12, 0, 0, 0, 5]);
    expect([...data]).toEqual([5, 0x80, 0, 0x21, 31]);
  });

  test('READ TOC: one data track and the lead-out, in sectors or minutes', () => {
    const { data } = packet([0x43, 0, 0, 0, 0, 0, 0, 0, 100]);
    expect([...data]).toEqual([0, 18, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0, 0, 0x14, 0xaa, 0, ...be32(SECTORS)]);
    // Sector 0 is at 00:02:00, sector 300 four seconds later.
    const minutes = packet([0x43, 2, 0, 0, 0, 0, 0, 0, 100]).data;
    expect([...minutes.subarray(8, 12), ...minutes.subarray(16)]).toEqual([0, 0, 2, 0, 0, 0, 6, 0]);
    expect(packet([0x43, 0, 0, 0, 0, 0, 5, 0, 100]).error).toBe(5);
  });

  test('GET EVENT STATUS NOTIFICATION: a disc, and no news; asynchronous operation refused', () => {
    expect([...packet([0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8]).data]).toEqual([0, 6, 4, 0x10, 0, 2, 0, 0]);
    expect(packet([0x4a, 0, 0, 0, 0x10, 0, 0, 0, 8]).error).toBe(5);
  });

  test('MODE SENSE (10): its length field counts what follows', () => {
    const { data } = packet([0x5a, 0, 0x2a, 0, 0, 0, 0, 1, 0]);
    expect((data[0]! << 8) | data[1]!).toBe(data.length - 2);
    expect([data[8], data[9]]).toEqual([0x2a, data.length - 10]);
    expect(packet([0x5a, 0, 0x30, 0, 0, 0, 0, 1, 0]).error).toBe(5);
  });

  test('an unknown packet: ILLEGAL REQUEST, invalid command operation code', () => {
    expect(packet([0x2a]).error).toBe(5);
    expect(sense()[12]).toBe(0x20);
  });

  test('DEVICE RESET works in mid-transfer, without an interrupt', () => {
    host.write(STATUS, 0xa0);
    host.wait();
    expect(host.status & DRQ).toBe(DRQ);
    host.line.length = 0;
    host.write(STATUS, 0x08);
    host.wait();
    expect(host.line).toEqual([]);
    expect(host.registers(COUNT, LOW, MID, HIGH)).toEqual([1, 1, 0x14, 0xeb]);
  });

  test('DMA and other commands of disks are aborted', () => {
    host.write(1, 1);
    host.write(STATUS, 0xa0);
    host.wait();
    expect([host.status & ERR, host.read(ERROR)]).toEqual([ERR, 4]);
    host.write(STATUS, 0x30);
    host.wait();
    expect([host.status & ERR, host.read(ERROR)]).toEqual([ERR, 4]);
  });
});
