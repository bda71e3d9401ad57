import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from '../../src/emulator/isa/decode.ts';
import { format } from '../../src/emulator/isa/format.ts';
import { type CodeSize, DecodeError, type Instruction } from '../../src/emulator/isa/instruction.ts';
import { divergenceOf } from './divergences.ts';
import { isPrefixesAlone, normaliseOurs, normaliseTheirs } from './normalise.ts';

/** One instruction as objdump prints it. */
export interface ObjdumpLine {
  address: bigint;
  length: number;
  text: string;
}

/** Code at an address, to be decoded with one code size throughout. */
export interface CodeRange {
  start: bigint;
  end: bigint;
  codeSize: CodeSize;
}

export interface Mismatch {
  address: bigint;
  bytes: string;
  ours: string;
  theirs: string;
}

export interface Comparison {
  /** Instructions that agree in length and text. */
  agreed: number;
  /** Known differences by their name in `divergences.ts`. */
  divergences: Map<string, number>;
  mismatches: Mismatch[];
}

const MACHINES: Readonly<Record<CodeSize, string>> = { 16: 'i8086', 32: 'i386', 64: 'i386:x86-64' };
const LINE = /^\s*([0-9a-f]+):\t((?:[0-9a-f]{2} )+)\s*(?:\t(.*))?$/;

function runObjdump(args: readonly string[]): string {
  return execFileSync('objdump', args, { encoding: 'utf8', maxBuffer: 1 << 30 });
}

function parse(output: string): ObjdumpLine[] {
  const lines: ObjdumpLine[] = [];
  for (const line of output.split('\n')) {
    const match = LINE.exec(line);
    if (!match) continue;
    const length = match[2]!.trim().split(' ').length;
    // Bytes that do not fit a line go on in lines without text.
    if (match[3] === undefined) lines.at(-1)!.length += length;
    else lines.push({ address: BigInt(`0x${match[1]}`), length, text: match[3].trim() });
  }
  return lines;
}

/** Disassembles bytes from one end to the other. */
export function disassemble(code: Uint8Array, start: bigint, codeSize: CodeSize): ObjdumpLine[] {
  const folder = mkdtempSync(join(tmpdir(), 'objdump-'));
  try {
    const file = join(folder, 'code.bin');
    writeFileSync(file, code);
    const options = ['-D', '-z', '-b', 'binary', '-m', MACHINES[codeSize], '-M', 'intel,intel64'];
    return parse(runObjdump([...options, `--adjust-vma=0x${start.toString(16)}`, file]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Compares our decoder with objdump's output at every instruction of a stretch of code. */
export function compare(code: Uint8Array, start: bigint, codeSize: CodeSize): Comparison {
  return compareLines(disassemble(code, start, codeSize), code, start, codeSize);
}

function compareLines(lines: readonly ObjdumpLine[], code: Uint8Array, start: bigint, codeSize: CodeSize): Comparison {
  const result: Comparison = { agreed: 0, divergences: new Map(), mismatches: [] };
  for (const line of lines) {
    if (line.text === 'nop' || isPrefixesAlone(line.text)) continue;
    const offset = Number(line.address - start);
    // The last bytes may be the beginning of an instruction.
    if (offset + 15 > code.length && !tryDecode(code, offset, line.address, codeSize)) continue;
    const instruction = tryDecode(code, offset, line.address, codeSize);
    const ours = instruction ? normaliseOurs(format(instruction)) : '(bad)';
    const theirs = normaliseTheirs(line.text);
    const length = instruction?.length ?? line.length;
    const bytes = code.subarray(offset, offset + Math.max(line.length, length));
    if ((ours === theirs && length === line.length) || (!instruction && isBad(theirs))) {
      result.agreed++;
      continue;
    }
    const known = divergenceOf({
      bytes,
      codeSize,
      instruction,
      ours,
      theirs,
      theirLength: line.length,
      raw: line.text,
    });
    if (known) result.divergences.set(known, (result.divergences.get(known) ?? 0) + 1);
    else {
      const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join(' ');
      result.mismatches.push({ address: line.address, bytes: hex, ours, theirs: line.text });
    }
  }
  return result;
}

function tryDecode(code: Uint8Array, offset: number, address: bigint, codeSize: CodeSize): Instruction | null {
  try {
    return decode(code, offset, address, codeSize);
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}

/** objdump names an undefined instruction, or a register that does not exist, by these. */
function isBad(theirs: string): boolean {
  return /\(bad\)|\{bad\}|[ ,]\?/.test(theirs);
}

/** The first mismatches, a line each. */
export function show(comparison: Comparison): string[] {
  return comparison.mismatches.slice(0, 40).map((m) => {
    return `${m.address.toString(16)}: ${m.bytes} | ours: ${m.ours} | objdump: ${m.theirs}`;
  });
}

interface Section {
  name: string;
  start: bigint;
  offset: number;
  size: number;
}

function executableSections(elf: Uint8Array): Section[] {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength);
  const wide = elf[4] === 2;
  const address = (at: number) => (wide ? view.getBigUint64(at, true) : BigInt(view.getUint32(at, true)));
  const tableOffset = Number(address(wide ? 0x28 : 0x20));
  const [entrySize, count, names] = [0, 2, 4].map((d) => view.getUint16((wide ? 0x3a : 0x2e) + d, true));
  const headers = Array.from({ length: count! }, (_, i) => tableOffset + i * entrySize!);
  const fields = headers.map((at) => ({
    name: view.getUint32(at, true),
    type: view.getUint32(at + 4, true),
    flags: address(at + 8),
    start: address(at + (wide ? 0x10 : 0x0c)),
    offset: Number(address(at + (wide ? 0x18 : 0x10))),
    size: Number(address(at + (wide ? 0x20 : 0x14))),
  }));
  const strings = fields[names!]!.offset;
  const nameAt = (offset: number) => {
    const from = strings + offset;
    return new TextDecoder().decode(elf.subarray(from, elf.indexOf(0, from)));
  };
  const EXECUTABLE = 4n;
  const WITH_BYTES = 1;
  return fields
    .filter((f) => f.type === WITH_BYTES && (f.flags & EXECUTABLE) !== 0n && f.size > 0)
    .map((f) => ({ ...f, name: nameAt(f.name) }));
}

/** Sections of this name hold 32-bit code, whatever the class of the ELF. */
const SECTION_32 = '.boot32';

/**
 * Disassembles every executable section of an ELF with our decoder and with objdump and compares them.
 * @param ranges code whose size differs from that of its section (the section `.boot32` is 32-bit code, others go by the
 *   class of the ELF)
 */
export function compareWithObjdump(elfPath: string, ranges: readonly CodeRange[] = []): Comparison {
  const elf = readFileSync(elfPath);
  const native: CodeSize = elf[4] === 2 ? 64 : 32;
  const total: Comparison = { agreed: 0, divergences: new Map(), mismatches: [] };
  for (const section of executableSections(elf)) {
    const codeSize = section.name === SECTION_32 ? 32 : native;
    const end = section.start + BigInt(section.size);
    for (const range of split({ start: section.start, end, codeSize }, ranges)) {
      const from = section.offset + Number(range.start - section.start);
      const code = elf.subarray(from, from + Number(range.end - range.start));
      const part = compare(code, range.start, range.codeSize);
      total.agreed += part.agreed;
      total.mismatches.push(...part.mismatches);
      for (const [name, count] of part.divergences)
        total.divergences.set(name, (total.divergences.get(name) ?? 0) + count);
    }
  }
  return total;
}

const earlier = (a: bigint, b: bigint) => (a < b ? a : b);
const later = (a: bigint, b: bigint) => (a < b ? b : a);

/** Cuts a range at the borders of others, which overrule its code size. */
function split(whole: CodeRange, others: readonly CodeRange[]): CodeRange[] {
  const inside = others
    .filter((r) => r.start < whole.end && r.end > whole.start)
    .map((r) => ({ ...r, start: later(r.start, whole.start), end: earlier(r.end, whole.end) }))
    .sort((a, b) => (a.start < b.start ? -1 : 1));
  const parts: CodeRange[] = [];
  let at = whole.start;
  for (const range of inside) {
    if (range.start > at) parts.push({ ...whole, start: at, end: range.start });
    parts.push(range);
    at = range.end;
  }
  if (at < whole.end) parts.push({ ...whole, start: at });
  return parts;
}
