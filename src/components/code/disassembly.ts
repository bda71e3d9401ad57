/** The machine code of a function, read at build time from the kernel that the page boots. */

import { readFileSync } from 'node:fs';
import { parseElf } from '../../emulator/firmware/elf.ts';
import { decode } from '../../emulator/isa/decode.ts';
import { format } from '../../emulator/isa/format.ts';
import { nextAddress } from '../../emulator/isa/instruction.ts';
import type { CheckpointInfo } from '../../literate/checkpoint-info.ts';

export interface MachineLine {
  /** From the function's first byte. */
  offset: number;
  /** As `objdump -M intel` writes it; an address in the function as `+0x10`, one in another function by that one's name. */
  text: string;
}

/** The crate that every kernel of the book is. */
const CRATE = 'toy_os::';

/**
 * @param checkpoint id of a built checkpoint
 * @param name a function of the kernel's own crate, without the crate's name
 * @throws Error if the kernel has no such function: it may have been inlined
 */
export function disassemble(checkpoint: string, name: string): MachineLine[] {
  const folder = `public/checkpoints/${checkpoint}`;
  const { symbols } = JSON.parse(readFileSync(`${folder}/info.json`, 'utf8')) as CheckpointInfo;
  const symbol = symbols.find((candidate) => candidate.name === CRATE + name);
  if (!symbol) throw new Error(`${checkpoint} has no function ${CRATE}${name}: is it marked inline(never)?`);
  const start = BigInt(`0x${symbol.address}`);
  const end = start + BigInt(symbol.size);
  const code = codeAt(readFileSync(`${folder}/kernel.elf`), start, symbol.size);

  const nameOf = (address: bigint): string | undefined => {
    if (address >= start && address < end) return `+0x${(address - start).toString(16)}`;
    const target = symbols.find((candidate) => BigInt(`0x${candidate.address}`) === address);
    return target?.name.replace(CRATE, '');
  };
  const lines: MachineLine[] = [];
  for (let address = start; address < end; ) {
    const offset = Number(address - start);
    const instruction = decode(code, offset, address, 64);
    const text = format(instruction, { symbol: nameOf }).replace(/0x[0-9a-f]+ <(.*)>$/, '$1');
    lines.push({ offset, text });
    address = nextAddress(instruction);
  }
  return lines;
}

function codeAt(file: Uint8Array, start: bigint, size: number): Uint8Array {
  for (const { virtualAddress, offset, fileSize } of parseElf(file).segments) {
    const first = offset + Number(start - virtualAddress);
    if (start >= virtualAddress && first + size <= offset + fileSize) return file.subarray(first, first + size);
  }
  throw new Error(`no segment of the kernel holds 0x${start.toString(16)}`);
}
