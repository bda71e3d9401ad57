/** From an address to the symbol, the source line and the line of the book that it came from. */

import type { BootInfo } from '../../literate/checkpoint-info.ts';

export interface SourcePlace {
  /** `kernel_main+0x1c`; `null` outside every symbol. */
  symbol: string | null;
  source: { path: string; line: number; listing: string; listingLine: number } | null;
}

/** @param address linear, hexadecimal digits */
export function locate(info: BootInfo, address: string): SourcePlace {
  const at = BigInt(`0x${address.replace(/^0x/i, '')}`);
  return { symbol: symbolAt(info, at), source: sourceAt(info, at) };
}

/**
 * Where the code of a line of the book begins, once for each piece of it.
 * @returns linear addresses, hexadecimal digits; none for a line without code
 */
export function addressesOf({ files, lineMap }: BootInfo, listing: string, listingLine: number): string[] {
  return lineMap
    .filter(([, , fileIndex, line]) => {
      const place = files[fileIndex]?.lines[line - 1];
      return place?.listing === listing && place.line === listingLine;
    })
    .map(([address]) => address);
}

function symbolAt({ symbols }: BootInfo, at: bigint): string | null {
  const symbol = lastNotAfter(symbols, at, (entry) => entry.address);
  if (!symbol) return null;
  const offset = at - BigInt(`0x${symbol.address}`);
  if (offset >= BigInt(Math.max(symbol.size, 1))) return null;
  return offset === 0n ? symbol.name : `${symbol.name}+0x${offset.toString(16)}`;
}

function sourceAt({ lineMap, files }: BootInfo, at: bigint): SourcePlace['source'] {
  const row = lastNotAfter(lineMap, at, (entry) => entry[0]);
  if (!row) return null;
  const [start, length, fileIndex, line] = row;
  if (at - BigInt(`0x${start}`) >= BigInt(length)) return null;
  const file = files[fileIndex];
  const place = file?.lines[line - 1];
  return file && place ? { path: file.path, line, listing: place.listing, listingLine: place.line } : null;
}

/** The last of ascending `entries` whose address is not above `at`. */
function lastNotAfter<T>(entries: readonly T[], at: bigint, addressOf: (entry: T) => string): T | null {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (BigInt(`0x${addressOf(entries[middle]!)}`) <= at) low = middle + 1;
    else high = middle;
  }
  return entries[low - 1] ?? null;
}
