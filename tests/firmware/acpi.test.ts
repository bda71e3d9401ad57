/** ACPI 6.5, chapter 5: the tables in a machine's memory, read as a kernel finds them, and by ACPICA's disassembler. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Machine } from '../../src/emulator/machine.ts';
import { describeWith } from '../support/environment.ts';

let machine: Machine;
beforeAll(async () => {
  machine = await Machine.create({ memoryMiB: 16 });
});

const sum = (bytes: Uint8Array) => bytes.reduce((total, byte) => total + byte, 0) & 0xff;
const ascii = (address: number, length: number) => String.fromCharCode(...machine.memory.read(address, length));
const u32 = (address: number) => machine.memory.view.getUint32(address, true);
const u64 = (address: number) => Number(machine.memory.view.getBigUint64(address, true));
/** A table's bytes, its checksum proved. */
function table(address: number, signature: string): Uint8Array {
  expect(ascii(address, 4)).toBe(signature);
  const bytes = machine.memory.read(address, u32(address + 4));
  expect(sum(bytes)).toBe(0);
  return bytes;
}
/** Section 5.2.5.1: at a multiple of 16 in 0xe0000-0xfffff. */
function findRsdp(): number {
  for (let at = 0xe0000; at < 0x100000; at += 16) if (ascii(at, 8) === 'RSD PTR ') return at;
  throw new Error('no RSDP');
}
function fadt(): number {
  return u32(u32(findRsdp() + 16) + 36);
}

test('a search finds the RSDP; RSDT and XSDT lead to the same FADT', () => {
  const rsdp = findRsdp();
  expect(sum(machine.memory.read(rsdp, 20))).toBe(0);
  expect(sum(machine.memory.read(rsdp, u32(rsdp + 20)))).toBe(0);
  const [rsdt, xsdt] = [u32(rsdp + 16), u64(rsdp + 24)];
  expect(table(rsdt, 'RSDT')).toHaveLength(36 + 4);
  expect(table(xsdt, 'XSDT')).toHaveLength(36 + 8);
  expect(u64(xsdt + 36)).toBe(u32(rsdt + 36));
  table(fadt(), 'FACP');
});

test('the FADT leads to the registers, to the DSDT and to an aligned FACS in reserved memory', () => {
  const at = fadt();
  expect([u32(at + 56), u32(at + 64), u32(at + 76)]).toEqual([0x600, 0x604, 0x608]);
  // Always in ACPI mode: there is no SMI command port.
  expect(u32(at + 48)).toBe(0);
  expect(u64(at + 140)).toBe(u32(at + 40));
  const facs = u32(at + 36);
  expect([facs % 64, ascii(facs, 4), u32(facs + 4)]).toEqual([0, 'FACS', 64]);
  expect(facs).toBeGreaterThanOrEqual(0x9fc00);
  expect(facs + 64).toBeLessThanOrEqual(0xa0000);
});

test('what \\_S5 says, written to PM1a control with SLP_EN, switches the machine off', async () => {
  const bytes = [...table(u32(fadt() + 40), 'DSDT')];
  const name = bytes.findIndex((_, i) => String.fromCharCode(...bytes.slice(i, i + 4)) === '_S5_');
  // PackageOp, its length, the number of elements, SLP_TYPa as ZeroOp.
  expect(bytes.slice(name + 4, name + 8)).toEqual([0x12, 6, 4, 0]);
  // In a kernel: mov dx, 604h; mov ax, 2000h; out dx, ax.
  const { asm, guest } = await import('./guest.ts');
  const { join: concat, u8 } = await import('./elf-builder.ts');
  const off = concat(u8(0x66, 0xba, 0x04, 0x06), u8(0x66, 0xb8, 0x00, 0x20), u8(0x66, 0xef));
  machine.loadKernel(guest(off, asm.cli, asm.hlt));
  machine.run(1000);
  expect(machine.end).toEqual({ kind: 'power-off' });
});

test('the guest cannot write to them', () => {
  expect(machine.memory.isWritable(findRsdp())).toBe(false);
});

describeWith(['iasl'], 'ACPICA', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'acpi-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function disassemble(name: string, bytes: Uint8Array): string {
    writeFileSync(join(folder, `${name}.dat`), bytes);
    const said = execFileSync('iasl', ['-d', `${name}.dat`], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
    expect(said).not.toMatch(/warning|error|incorrect|invalid/i);
    return readFileSync(join(folder, `${name}.dsl`), 'utf8');
  }

  test('disassembles the tables without complaint', () => {
    expect(disassemble('dsdt', table(u32(fadt() + 40), 'DSDT'))).toMatch(
      /Name \(_S5, Package \(0x04\)[^{]*\{\s*Zero,\s*Zero,\s*Zero,\s*Zero\s*\}\)/,
    );
    const words = disassemble('fadt', table(fadt(), 'FACP'));
    expect(words).toMatch(/PM1A Control Block Address : 00000604/);
    expect(words).toMatch(/PM1 Control Block Length : 02/);
    disassemble('facs', machine.memory.read(u32(fadt() + 36), 64));
  });
});
