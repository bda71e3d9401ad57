/** Guests in 32-bit machine code, short enough to be assembled by hand. Encodings: Intel SDM volume 2. */
import { type BuiltElf, buildElf, join, multiboot2Header, u8, u32, xenNote } from './elf-builder.ts';

const CODE = 0x100200;

/** mov dx, imm16 */
const movDx = (value: number) => u8(0x66, 0xba, value & 0xff, value >> 8);

export const asm = {
  cli: u8(0xfa),
  sti: u8(0xfb),
  hlt: u8(0xf4),
  ud2: u8(0x0f, 0x0b),
  nop: u8(0x90),
  /** jmp to itself */
  spin: u8(0xeb, 0xfe),
  /** mov ecx, count; loop to itself: one instruction, then `count` */
  wait: (count: number) => join(u8(0xb9), u32(count), u8(0xe2, 0xfe)),
  out: (port: number, value: number) => join(movDx(port), u8(0xb0, value, 0xee)),
  out32: (port: number, value: number) => join(movDx(port), u8(0xb8), u32(value), u8(0xef)),
  in: (port: number) => join(movDx(port), u8(0xec)),
  /** mov [address], al */
  storeAl: (address: number) => join(u8(0xa2), u32(address)),
  /** A character with attribute 7 at a cell of the text screen. */
  put: (cell: number, character: string) =>
    join(u8(0x66, 0xc7, 0x05), u32(0xb8000 + 2 * cell), u8(character.charCodeAt(0), 7)),
  /** Empties the text screen: mov edi; mov ecx; mov eax; rep stosd */
  clear: join(u8(0xfc, 0xbf), u32(0xb8000), u8(0xb9), u32(1000), u8(0xb8), u32(0x07200720), u8(0xf3, 0xab)),
  /** mov edi, address of a cell */
  cursor: (cell: number) => join(u8(0xbf), u32(0xb8000 + 2 * cell)),
  /** The byte in al as two hexadecimal digits at edi, which moves on. Uses ah. */
  showAl: join(u8(0x88, 0xc4, 0xc0, 0xe8, 4), nibble(), u8(0x88, 0xe0), nibble()),
  /** One byte of memory as two hexadecimal digits at edi, from [ebx], which moves on. */
  showMemory: (count: number) => {
    // mov ecx, count; again: push ecx ... needs a stack: count down in ebp instead.
    const body = join(u8(0x8a, 0x03, 0x43), u8(0x88, 0xc4, 0xc0, 0xe8, 4), nibble(), u8(0x88, 0xe0), nibble());
    // dec ebp; jnz body
    return join(u8(0xbd), u32(count), body, u8(0x4d, 0x0f, 0x85), u32(-(body.length + 7) >>> 0));
  },
} as const;

/** and al, 15; add al, '0'; cmp al, '9'; jbe +2; add al, 39; mov [edi], al; add edi, 2 */
function nibble(): Uint8Array {
  return u8(0x24, 0x0f, 0x04, 0x30, 0x3c, 0x39, 0x76, 0x02, 0x04, 0x27, 0x88, 0x07, 0x83, 0xc7, 0x02);
}

/** A 64-bit ELF kernel around some code, for Multiboot2 and PVH. Its stack, if it wants one, is for itself to set. */
export function guest(...code: Uint8Array[]): Uint8Array {
  return guestWithSections(undefined, ...code);
}
/** The same, with sections that no segment holds. */
export function guestWithSections(sections: BuiltElf['sections'], ...code: Uint8Array[]): Uint8Array {
  const body = join(...code);
  const segments = [];
  for (let at = 0; at < body.length; at += 0x1000)
    segments.push({ address: CODE + 0xe00 + at, bytes: body.slice(at, at + 0x1000) });
  return buildElf({
    entry: CODE + 0xe00,
    sections,
    segments: [
      { address: 0x100000, bytes: multiboot2Header() },
      ...segments,
      { type: 4, address: 0x100100, bytes: xenNote(18, u32(CODE + 0xe00)) },
    ],
  });
}
export const message = (cell: number, words: string) => join(...[...words].map((c, i) => asm.put(cell + i, c)));
