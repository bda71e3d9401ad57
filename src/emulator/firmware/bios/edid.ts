/** The display's description of itself: VESA E-EDID standard, release A, revision 2; EDID structure 1.3. */

const PREFERRED = {
  clock: 65_000,
  width: 1024,
  hBlank: 320,
  hFront: 24,
  hSync: 136,
  height: 768,
  vBlank: 38,
  vFront: 3,
  vSync: 6,
};

/** 128 bytes: a display of 1,024 x 768 at 60 Hz that also shows the established 640 x 480 and 800 x 600. */
export function edid(): Uint8Array {
  const bytes = new Uint8Array(128);
  bytes.set([0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00]);
  // Manufacturer "TOY": three letters of five bits; product 1, week 1 of 2026; version 1.3.
  const letters = [...'TOY'].reduce((code, letter) => (code << 5) | (letter.charCodeAt(0) - 0x40), 0);
  bytes.set([letters >> 8, letters & 0xff, 1, 0, 0, 0, 0, 0, 1, 36, 1, 3], 8);
  // Digital; size not told; gamma 2.2; RGB colour, sRGB, the first detailed timing is preferred.
  bytes.set([0x80, 0, 0, 120, 0x0e], 20);
  // The chromaticity of sRGB's primaries and white point.
  bytes.set([0xee, 0x91, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f, 0x50, 0x54], 25);
  // Established: 640 x 480 and 800 x 600 at 60 Hz, 1,024 x 768 at 60 Hz.
  bytes.set([0x21, 0x08, 0x00], 35);
  bytes.fill(0x01, 38, 54);
  bytes.set(detailedTiming(), 54);
  bytes.set(textDescriptor(0xfc, 'toyvm'), 72);
  bytes.set(textDescriptor(0xff, '1'), 90);
  bytes.set(textDescriptor(0xfe, ''), 108);
  bytes[127] = -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;
  return bytes;
}

function detailedTiming(): number[] {
  const p = PREFERRED;
  const clock = p.clock / 10;
  const high = (a: number, b: number) => ((a >> 8) << 4) | (b >> 8);
  return [
    clock & 0xff,
    clock >> 8,
    p.width & 0xff,
    p.hBlank & 0xff,
    high(p.width, p.hBlank),
    p.height & 0xff,
    p.vBlank & 0xff,
    high(p.height, p.vBlank),
    p.hFront,
    p.hSync,
    (p.vFront << 4) | p.vSync,
    0,
    0,
    0,
    0,
    0,
    0,
    0x18, // digital separate sync, both negative
  ];
}

/** A display descriptor: up to 13 characters, ended by a line feed and filled up with blanks. */
function textDescriptor(tag: number, text: string): number[] {
  const padded = `${text}\n`.padEnd(13).slice(0, 13);
  return [0, 0, 0, tag, 0, ...new TextEncoder().encode(padded)];
}
