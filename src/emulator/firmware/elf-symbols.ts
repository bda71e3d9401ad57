/** The function symbols of an ELF file, for debuggers. System V ABI, generic edition 4.1, "Symbol Table". */
import { type ElfImage, sectionAt } from './elf.ts';

const SHT_SYMTAB = 2;
const STT_NOTYPE = 0;
const STT_FUNC = 2;
const SHN_UNDEF = 0;
const SHN_ABS = 0xfff1;

/** Names as they stand in the file (mangled); empty if the file was stripped. */
export function functionSymbols(elf: ElfImage, file: Uint8Array): { name: string; address: bigint; size: number }[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const symbols: { name: string; address: bigint; size: number }[] = [];
  for (let i = 0; i < elf.sections.count; i++) {
    const table = sectionAt(elf.sections, i, elf.bits);
    if (table.type !== SHT_SYMTAB || table.link >= elf.sections.count) continue;
    const strings = sectionAt(elf.sections, table.link, elf.bits);
    const wide = elf.bits === 64;
    const entrySize = wide ? 24 : 16;
    for (let at = table.offset; at + entrySize <= table.offset + table.size; at += entrySize) {
      const type = view.getUint8(at + (wide ? 4 : 12)) & 0xf;
      const section = view.getUint16(at + (wide ? 6 : 14), true);
      const name = nameAt(file, strings.offset, strings.size, view.getUint32(at, true));
      // Labels in assembly have no type.
      if ((type !== STT_FUNC && type !== STT_NOTYPE) || section === SHN_UNDEF || section === SHN_ABS || !name) continue;
      const address = wide ? view.getBigUint64(at + 8, true) : BigInt(view.getUint32(at + 4, true));
      const size = wide ? Number(view.getBigUint64(at + 16, true)) : view.getUint32(at + 8, true);
      symbols.push({ name, address, size });
    }
  }
  return symbols;
}

function nameAt(file: Uint8Array, table: number, size: number, offset: number): string {
  if (offset >= size) return '';
  const bytes = file.subarray(table + offset, table + size);
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
