/**
 * Our BIOS beside SeaBIOS: boot sectors that call its services and print the answers. QEMU with SeaBIOS and our machine, on
 * both engines, have to print the same lines.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Machine, MemoryDisk } from '../../src/emulator/machine.ts';
import { strokesOf } from '../../src/literate/script.ts';
import { describeWith } from '../support/environment.ts';
import { boot } from '../support/qemu.ts';

const HERE = join(import.meta.dirname, 'bios');
const GUESTS = join(import.meta.dirname, '..', 'emulator', 'guests');
const SECTORS = 65_536;
/** Of the boot sector and what it loads. */
const IMAGE = 61 * 512;
/** What a guest writes to port 0xf4 at its end, as an exit code. */
const DONE = 0x21;
/** In instruction times: ten seconds. */
const LIMIT = 1_000_000_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bios-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A disk that starts with the guest; each sector behind it begins with its number, again and again. @returns its file */
function image(name: string, sectors = SECTORS): string {
  const object = join(folder, `${name}.o`);
  const sector = join(folder, `${name}.bin`);
  execFileSync('as', ['--32', '--fatal-warnings', '-I', HERE, '-o', object, join(HERE, `${name}.s`)]);
  execFileSync('ld', ['-m', 'elf_i386', '-T', join(GUESTS, 'sector.ld'), '-o', sector, object]);
  const disk = new Uint32Array(sectors * 128).map((_, i) => i >> 7);
  const bytes = new Uint8Array(disk.buffer);
  bytes.set(readFileSync(sector).subarray(0, IMAGE));
  const path = join(folder, `${name}.img`);
  writeFileSync(path, bytes);
  return path;
}

/** A disc of the least that El Torito asks for, with an image to be booted as a floppy. @param media boot media type */
function disc(floppy: string, media: number): string {
  const bytes = new Uint8Array(20 * 2048 + readFileSync(floppy).length);
  const view = new DataView(bytes.buffer);
  const text = (at: number, words: string) => bytes.set(new TextEncoder().encode(words), at);
  [1, 0, 255].forEach((type, i) => {
    bytes[(16 + i) * 2048] = type;
    text((16 + i) * 2048 + 1, 'CD001\x01');
  });
  text(17 * 2048 + 7, 'EL TORITO SPECIFICATION');
  view.setUint32(17 * 2048 + 0x47, 19, true);
  // Validation entry, whose words add up to zero; initial entry: bootable, at the segment that is usual, all of the guest.
  bytes.set([1], 19 * 2048);
  bytes.set([0xaa, 0x55, 0x55, 0xaa], 19 * 2048 + 0x1c);
  bytes.set([0x88, media], 19 * 2048 + 0x20);
  view.setUint16(19 * 2048 + 0x26, IMAGE / 512, true);
  view.setUint32(19 * 2048 + 0x28, 20, true);
  bytes.set(readFileSync(floppy), 20 * 2048);
  const path = `${floppy}.iso`;
  writeFileSync(path, bytes);
  return path;
}

const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');

interface Keys {
  after: string;
  text: string;
}
async function ours(
  path: string,
  engine: 'reference' | 'interpreter',
  keys: readonly Keys[] = [],
  second: Uint8Array | null = null,
) {
  let serial = '';
  const log: string[] = [];
  const machine = await Machine.create({
    engine,
    memoryMiB: 64,
    ...(path.endsWith('.iso')
      ? { cdrom: new MemoryDisk(readFileSync(path)), floppy: MemoryDisk.empty(2880), bootOrder: ['d'] as const }
      : { disks: [readFileSync(path), ...(second ? [second] : [])].map((bytes) => new MemoryDisk(bytes)) }),
    debugExit: { port: 0xf4, size: 4 },
    serial: (byte) => {
      serial += String.fromCharCode(byte);
    },
    log: (line) => log.push(line),
  });
  machine.powerOn();
  const left = [...keys];
  while (!machine.end && machine.time < LIMIT) {
    machine.run(1_000_000);
    if (left[0] && machine.screenText().includes(left[0].after)) machine.typeText(strokesOf(left.shift()!.text));
  }
  return { lines: linesOf(serial), end: machine.end, log };
}

const KEYS: readonly Keys[] = [
  { after: 'classic>', text: 'aZ1!{{\t \b\n-_=+;"/?\\|~{ArrowUp}{Home}{Delete}{Escape}' },
  { after: 'enhanced>', text: 'xX{ArrowUp}{ArrowDown}{ArrowLeft}{ArrowRight}{Home}{End}{Delete}{PageUp}{PageDown}\n' },
];

describeWith(['qemu', 'binutils'], 'what BIOS services answer, beside SeaBIOS', () => {
  test.each<[string, readonly Keys[]]>([
    ['disk', []],
    ['video', []],
    ['system', []],
    ['memory-types', []],
    ['keys', KEYS],
    ['vbe', []],
    ['ata', []],
  ])('%s.s', async (name, keys) => {
    const path = image(name);
    const theirs = await boot({ disk: path, memoryMiB: 64, debugExit: true, keys });
    expect(theirs.end).toEqual({ kind: 'debug-exit', code: DONE });
    // Checksums of many bytes take the reference engine long.
    for (const engine of name === 'video' || name === 'ata'
      ? (['interpreter'] as const)
      : (['interpreter', 'reference'] as const)) {
      const { lines, end } = await ours(path, engine, keys);
      expect(lines).toEqual(linesOf(theirs.serial));
      expect(end).toEqual({ kind: 'debug-exit', code: DONE });
    }
  });
});

describeWith(['binutils'], 'an x87 exception with CR0.NE clear', () => {
  // QEMU 7.2 ends with a failed assertion when TCG raises IRQ 13.
  test.each(['interpreter', 'reference'] as const)('comes to INT 02h by way of IRQ 13 (%s)', async (engine) => {
    const { lines, end } = await ours(image('x87'), engine);
    expect(lines).toEqual(['ne 0', 'unhandled a884', 'handled 2800', 'calls 1', 'masked 0']);
    expect(end).toEqual({ kind: 'debug-exit', code: DONE });
  });
});

describeWith(['binutils'], 'a program that waits for a key by looking for one', () => {
  test('looks every ten microseconds and a bit: of a tick of 54.9 ms some 5,000 times', async () => {
    const { lines } = await ours(image('poll'), 'interpreter');
    const [, looks] = /^looks ([0-9a-f]+)$/.exec(lines.join('\n')) ?? [];
    expect(Number.parseInt(looks!, 16)).toBeGreaterThan(4_000);
    expect(Number.parseInt(looks!, 16)).toBeLessThan(5_492);
  });
});

describeWith(['qemu', 'binutils'], 'a CD-ROM that is booted as a floppy, beside SeaBIOS', () => {
  test.each([
    ['1.2 MB', 1, 2400],
    ['1.44 MB', 2, 2880],
    ['2.88 MB', 3, 5760],
  ])('%s', async (_, media, sectors) => {
    const path = disc(image('cd-floppy', sectors), media);
    // QEMU's PC has a floppy drive too.
    const theirs = await boot({ cdrom: path, memoryMiB: 64, debugExit: true });
    expect(theirs.end).toEqual({ kind: 'debug-exit', code: DONE });
    const { lines, end } = await ours(path, 'interpreter');
    expect(lines).toEqual(linesOf(theirs.serial));
    expect(end).toEqual({ kind: 'debug-exit', code: DONE });
  });
});

describeWith(['grub', 'binutils'], 'a FAT volume that mtools made', () => {
  test('reads the same by INT 13h and by the ATA registers', async () => {
    const volume = join(folder, 'fat.img');
    const file = join(folder, 'hello.txt');
    writeFileSync(file, 'Written on the host.\n'.repeat(500));
    execFileSync('mformat', ['-C', '-T', '4096', '-i', volume, '::']);
    execFileSync('mcopy', ['-i', volume, file, '::/HELLO.TXT']);
    const bytes = new Uint8Array(readFileSync(volume));
    const { lines, end } = await ours(image('read-second'), 'interpreter', [], bytes);
    const sum = checksum(bytes.subarray(0, 64 * 512)).toString(16);
    expect(lines).toEqual(['42h cf=0 ax=0', `INT 13h ${sum}`, `ATA by LBA ${sum}`, `ATA by CHS ${sum}`]);
    expect(end).toEqual({ kind: 'debug-exit', code: DONE });
  });
});

/** As bios.inc has it: rotated by five bits, each byte added. */
function checksum(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => (((sum << 5) | (sum >>> 27)) + byte) >>> 0, 0);
}
