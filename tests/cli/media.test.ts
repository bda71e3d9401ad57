/** bin/toyvm with disks, CDs and floppies, typed keys and pictures of the screen. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { inflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asm, guest } from '../firmware/guest.ts';

const TOYVM = joinPath(import.meta.dirname, '../../bin/toyvm');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(joinPath(tmpdir(), 'toyvm-media-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function toyvm(...args: string[]) {
  return spawnSync(TOYVM, args, { encoding: 'utf8', input: '', timeout: 50_000 });
}
function file(name: string, content: Uint8Array): string {
  const path = joinPath(folder, name);
  writeFileSync(path, content);
  return path;
}
/** A disk of 32 sectors around the code of a boot sector, which ends with cli; hlt. */
function image(name: string, ...code: number[]): string {
  const bytes = new Uint8Array(32 * 512);
  bytes.set([...code, 0xfa, 0xf4]);
  bytes.set([0x55, 0xaa], 510);
  return file(name, bytes);
}
/** mov ax, 0E00h + character; int 10h */
const print = (text: string) => [...text].flatMap((c) => [0xb8, c.charCodeAt(0), 0x0e, 0xcd, 0x10]);
/** mov ax, 0301h; mov bx, 7C00h; mov cx, 2; mov dx, 80h; int 13h: the boot sector to the second sector */
const write = [0xb8, 1, 3, 0xbb, 0, 0x7c, 0xb9, 2, 0, 0xba, 0x80, 0, 0xcd, 0x13];
const last = (screen: string) => screen.trimEnd().split('\n').at(-1);

describe('booting from media', () => {
  test('-hda, -drive and -fda in the order of -boot', () => {
    const [hard, floppy] = [image('h.img', ...print('hard')), image('f.img', ...print('floppy'))];
    expect(last(toyvm('-hda', hard, '-fda', floppy, '--screen').stdout)).toBe('hard');
    expect(last(toyvm('-hda', hard, '-fda', floppy, '-boot', 'ac', '--screen').stdout)).toBe('floppy');
    const drive = toyvm('-drive', `format=raw,file=${hard}`, '-serial', 'null', '--screen');
    expect(drive).toMatchObject({ status: 0, stderr: '' });
    expect(last(drive.stdout)).toBe('hard');
  });

  test('a machine that finds nothing to boot says so, and goes on until the time is up', () => {
    const run = toyvm('-cdrom', file('zeros.iso', new Uint8Array(4096)), '--screen', '--for', '0.5');
    expect(run.status).toBe(0);
    expect(last(run.stdout)).toBe('No bootable device.');
  });

  test('a guest that asks for a reset boots again, but ends with -no-reboot', () => {
    // Prints 'r'; mov al, 6; mov dx, 0CF9h; out dx, al
    const path = image('reset.img', ...print('r'), 0xb0, 6, 0xba, 0xf9, 0x0c, 0xee);
    const once = toyvm('-hda', path, '-snapshot', '-no-reboot', '--screen');
    expect(once).toMatchObject({ status: 0, stderr: 'toyvm: the guest reset the machine (port 0xcf9)\n' });
    expect(last(once.stdout)).toBe('r');
    expect(toyvm('-hda', path, '-snapshot', '--for', '0.1')).toMatchObject({ status: 0, stderr: '' });
  });

  test('what is written to a disk is in its file at the end, but for -snapshot', () => {
    const path = image('w.img', ...write);
    const before = readFileSync(path);
    expect(toyvm('-hda', path, '-snapshot', '--screen').status).toBe(0);
    expect(readFileSync(path)).toEqual(before);
    expect(toyvm('-hda', path, '--screen').status).toBe(0);
    expect(readFileSync(path).subarray(512, 1024)).toEqual(before.subarray(0, 512));
  });

  test('several engines see disks of their own', () => {
    const path = image('l.img', ...write, ...print('w'));
    const run = toyvm('-hda', path, '--engine', 'interpreter,reference', '--screen');
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(path)[512]).toBe(0xb8);
  });

  test('bad images: one line each', () => {
    const empty = file('empty.img', new Uint8Array());
    expect(toyvm('-hda', empty)).toMatchObject({
      status: 1,
      stderr: `toyvm: ${empty} is empty: it is no disk image\n`,
    });
    expect(toyvm('-hda', '/nowhere/x.img').stderr).toMatch(/^toyvm: cannot read \/nowhere\/x.img: no such file\n$/);
    expect(toyvm('-hdb', image('b.img')).stderr).toMatch(/a second hard disk without a first one/);
  });

  test.skipIf(process.getuid?.() === 0)('a disk that cannot be written needs -snapshot', () => {
    const path = image('ro.img', ...print('x'));
    chmodSync(path, 0o444);
    expect(toyvm('-hda', path).stderr).toMatch(/cannot write to .*permission denied/);
    expect(toyvm('-hda', path, '-snapshot', '--screen').status).toBe(0);
  });
});

describe('keys', () => {
  test('--keys types when the screen asks, as --after says', () => {
    // Prints '>', then echoes three keys of INT 16h: mov ah, 0; int 16h; mov ah, 0Eh; int 10h.
    const echo = [0xb4, 0, 0xcd, 0x16, 0xb4, 0x0e, 0xcd, 0x10];
    const path = image('echo.img', ...print('>'), ...echo, ...echo, ...echo);
    const run = toyvm('-hda', path, '-snapshot', '--after', '>', '--keys', 'aB{{', '--screen', '--timeout', '40');
    expect(run.status).toBe(0);
    expect(last(run.stdout)).toBe('>aB{');
  });

  test('a machine that waits for a key that nobody types is at its end', () => {
    const run = toyvm('-hda', image('wait.img', 0xfa, 0xb0, 0xfd, 0xe6, 0x21, 0xfb, 0xf4), '-snapshot', '--screen');
    expect(run.status).toBe(0);
  });
});

describe('--screenshot', () => {
  function pixels(path: string) {
    const bytes = readFileSync(path);
    expect(bytes.subarray(0, 8)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
    const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
    const data = inflateSync(bytes.subarray(bytes.indexOf('IDAT') + 4, bytes.lastIndexOf('IEND') - 8));
    const at = (x: number, y: number) => [...data.subarray(y * (width * 3 + 1) + 1 + 3 * x).subarray(0, 3)];
    return { width, height, at };
  }

  test('of the text screen: 9 x 16 dots a character, in its colours', () => {
    const path = joinPath(folder, 'text.png');
    // A full block (DBh), white on blue, in the first cell.
    const block = Uint8Array.of(0x66, 0xc7, 0x05, 0x00, 0x80, 0x0b, 0x00, 0xdb, 0x1f);
    const kernel = file('block.elf', guest(block, asm.cli, asm.hlt));
    expect(toyvm('-kernel', kernel, '--screenshot', path, '-serial', 'null').status).toBe(0);
    const { width, height, at } = pixels(path);
    expect([width, height]).toEqual([720, 400]);
    // The ninth column continues line graphics.
    expect([at(0, 0), at(8, 15), at(9, 0)]).toEqual([
      [255, 255, 255],
      [255, 255, 255],
      [0, 0, 0],
    ]);
  });

  test('of a framebuffer', () => {
    const path = joinPath(folder, 'graphics.png');
    // mov dword ptr [FD000000h + 4 * (100 + 800 * 2)], 00112233h
    const pixel = Uint8Array.of(0xc7, 0x05, 0x90, 0x1a, 0x00, 0xfd, 0x33, 0x22, 0x11, 0x00);
    const kernel = file('pixel.elf', guest(pixel, asm.cli, asm.hlt));
    const run = toyvm('-kernel', kernel, '--display', '800x600', '--screenshot', path, '-serial', 'null');
    expect(run).toMatchObject({ status: 0, stderr: '' });
    const { width, height, at } = pixels(path);
    expect([width, height, at(100, 2), at(101, 2)]).toEqual([800, 600, [0x11, 0x22, 0x33], [0, 0, 0]]);
  });
});

test('-initrd hands files to a kernel', () => {
  const module = file('module.txt', new TextEncoder().encode('a module'));
  // ebx: boot information. Shows the start info's number of modules (PVH).
  const kernel = file(
    'modules.elf',
    guest(asm.cursor(0), Uint8Array.of(0x83, 0xc3, 12), asm.showMemory(4), asm.cli, asm.hlt),
  );
  const run = toyvm('-kernel', kernel, '--protocol', 'pvh', '-initrd', `${module},${module} twice`, '--screen');
  expect(run.stdout).toBe('02000000\n');
});
