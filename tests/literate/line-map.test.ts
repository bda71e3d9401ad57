/**
 * The line maps of the committed checkpoints, with two judges: the chapters' own text, and `objdump`, which disassembles
 * the kernel at the addresses that the map gives to lines of assembly.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { CHAPTERS_FOLDER } from '../../src/literate/load.ts';
import { unpackProject } from '../../src/literate/source-zip.ts';
import { type Checkpoint, checkpoints } from '../support/checkpoints.ts';
import { describeWith } from '../support/environment.ts';

const ROOT = join(import.meta.dirname, '../..');

function sourceOf({ kernel }: Checkpoint): Map<string, string[]> {
  const files = unpackProject(readFileSync(join(dirname(kernel), 'source.zip')));
  return new Map([...files].map(([path, text]) => [path, text.replace(/\n$/, '').split('\n')]));
}

/** The fences of a chapter that say file= or chunk=, found without the parser: in order, as lines of text. */
function listingsByHand(chapter: string): string[][] {
  const text = readFileSync(join(ROOT, CHAPTERS_FOLDER, `${chapter}.mdx`), 'utf8');
  const fences = text.matchAll(/^ *```\w+ [^\n]*\b(?:file|chunk)=[^\n]*\n(.*?)^ *```$/gms);
  return [...fences].map((match) => match[1]!.replace(/\n$/, '').split('\n'));
}

for (const checkpoint of checkpoints()) {
  const { id, info } = checkpoint;

  test(`${id}: every source line stands in the chapter where the map says`, () => {
    const source = sourceOf(checkpoint);
    const chapters = new Map<string, string[][]>();
    expect([...source.keys()].filter((path) => path !== 'Cargo.lock')).toEqual(info.files.map(({ path }) => path));
    for (const { path, lines } of info.files) {
      expect(source.get(path)!.length).toBe(lines.length);
      lines.forEach(({ chapter, listing, line }, index) => {
        if (!chapters.has(chapter)) chapters.set(chapter, listingsByHand(chapter));
        const ordinal = Number(listing.split('-')[2]);
        const shown = chapters.get(chapter)![ordinal - 1]![line - 1]!;
        expect(shown.trim(), `${path}:${index + 1}`).toBe(source.get(path)![index]!.trim());
      });
    }
  });

  test(`${id}: the rows ascend, do not overlap and name lines that say something`, () => {
    const source = sourceOf(checkpoint);
    let end = 0;
    for (const [address, length, file, line] of info.lineMap) {
      const start = Number.parseInt(address, 16);
      expect(start).toBeGreaterThanOrEqual(end);
      expect(length).toBeGreaterThan(0);
      end = start + length;
      const text = source.get(info.files[file]!.path)![line - 1];
      expect(text?.trim(), `${address} ${info.files[file]!.path}:${line}`).toMatch(/^(?!\/\/)./);
    }
    const files = new Set(info.lineMap.map(([, , file]) => info.files[file]!.path));
    expect(files).toContain('src/main.rs');
    expect(files).toContain('src/boot.s');
  });

  describeWith(['binutils'], `${id}: objdump`, () => {
    test('finds at each line of assembly the instruction that stands there', () => {
      const source = sourceOf(checkpoint).get('src/boot.s')!;
      const instructions = new Map([
        ...disassemble(checkpoint, '.boot32', 'i386'),
        ...disassemble(checkpoint, '.text', 'i386:x86-64'),
      ]);
      const rows = info.lineMap.filter(([, , file]) => info.files[file]!.path === 'src/boot.s');
      expect(rows.length).toBeGreaterThan(40);
      for (const [address, length, , line] of rows) {
        const written = /^\s*(?:\w+:\s*)?(\w+)/.exec(source[line - 1]!)![1]!;
        const found = instructions.get(Number.parseInt(address, 16));
        expect(found, `${address}: ${source[line - 1]}`).toBeDefined();
        expect(found!.length).toBe(length);
        expect(sameMnemonic(written, found!.mnemonic), `${address}: ${written}, objdump: ${found!.mnemonic}`).toBe(
          true,
        );
      }
    });
  });
}

interface Instruction {
  mnemonic: string;
  length: number;
}

function disassemble({ kernel }: Checkpoint, section: string, machine: string): Map<number, Instruction> {
  const parameters = ['-d', '-w', '-M', 'intel', '-m', machine, '-j', section, kernel];
  const output = execFileSync('objdump', parameters, { encoding: 'utf8', maxBuffer: 1 << 26 });
  const lines = output.matchAll(/^ *([0-9a-f]+):\t((?:[0-9a-f]{2} )+) *\t(?:rep |repz |lock )?(\w+)/gm);
  return new Map(
    [...lines].map((match) => [
      Number.parseInt(match[1]!, 16),
      { mnemonic: match[3]!, length: match[2]!.trim().split(' ').length },
    ]),
  );
}

/** objdump has one name for each opcode; assembly has several for some. */
const NAMES: Record<string, string> = { jz: 'je', jnz: 'jne', jc: 'jb', jnc: 'jae', movabs: 'mov', retfq: 'retf' };

function sameMnemonic(a: string, b: string): boolean {
  const plain = (name: string): string => NAMES[name] ?? name;
  return (
    plain(a) === plain(b) ||
    plain(a) === plain(b).replace(/[bwdq]$/, '') ||
    plain(b) === plain(a).replace(/[bwdq]$/, '')
  );
}
