/** Forms of MMX and SSE instructions, in the notation of `forms.ts`. SDM volume 2, chapters 3-6. */

/** One line for mmx registers, one for xmm registers (66): `opcode mnemonic`. */
function both(text: string, ofMmx: string, ofXmm: string, more = ''): string {
  return entries(text)
    .map(
      ([opcode, mnemonic]) =>
        `${mnemonic} | ${opcode} /r${more} | - mmx feature:${ofMmx}\n${mnemonic} | 66 ${opcode} /r${more} | - sse aligned feature:${ofXmm}`,
    )
    .join('\n');
}
/** With a mandatory prefix or none. */
function xmm(text: string, prefix: string, attributes: string, more = ''): string {
  return entries(text)
    .map(([opcode, mnemonic]) => `${mnemonic} | ${prefix} ${opcode} /r${more} | - sse ${attributes}`)
    .join('\n');
}
function entries(text: string): [string, string][] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), line.slice(at + 1)];
    });
}

const PACKED = `
0f 60 punpcklbw
0f 61 punpcklwd
0f 62 punpckldq
0f 63 packsswb
0f 64 pcmpgtb
0f 65 pcmpgtw
0f 66 pcmpgtd
0f 67 packuswb
0f 68 punpckhbw
0f 69 punpckhwd
0f 6a punpckhdq
0f 6b packssdw
0f 74 pcmpeqb
0f 75 pcmpeqw
0f 76 pcmpeqd
0f d5 pmullw
0f d8 psubusb
0f d9 psubusw
0f db pand
0f dc paddusb
0f dd paddusw
0f df pandn
0f e5 pmulhw
0f e8 psubsb
0f e9 psubsw
0f eb por
0f ec paddsb
0f ed paddsw
0f ef pxor
0f f5 pmaddwd
0f f8 psubb
0f f9 psubw
0f fa psubd
0f fc paddb
0f fd paddw
0f fe paddd`;
/** Of SSE on mmx registers, of SSE2 on xmm registers. */
const PACKED_SSE = `
0f da pminub
0f de pmaxub
0f e0 pavgb
0f e3 pavgw
0f e4 pmulhuw
0f ea pminsw
0f ee pmaxsw
0f f6 psadbw`;
const PACKED_SSE2 = `
0f d4 paddq
0f f4 pmuludq
0f fb psubq`;
const PACKED_SSSE3 = `
0f 38 00 pshufb
0f 38 01 phaddw
0f 38 02 phaddd
0f 38 03 phaddsw
0f 38 04 pmaddubsw
0f 38 05 phsubw
0f 38 06 phsubd
0f 38 07 phsubsw
0f 38 08 psignb
0f 38 09 psignw
0f 38 0a psignd
0f 38 0b pmulhrsw
0f 38 1c pabsb
0f 38 1d pabsw
0f 38 1e pabsd`;
/** Shifts of mmx and xmm registers, by a register or memory and by an immediate. */
const SHIFTS = `
0f d1 psrlw
0f d2 psrld
0f d3 psrlq
0f e1 psraw
0f e2 psrad
0f f1 psllw
0f f2 pslld
0f f3 psllq`;
const IMMEDIATE_SHIFTS = `
0f 71 /2 psrlw
0f 71 /4 psraw
0f 71 /6 psllw
0f 72 /2 psrld
0f 72 /4 psrad
0f 72 /6 pslld
0f 73 /2 psrlq
0f 73 /6 psllq`;

export const MMX = [
  both(PACKED, 'mmx', 'sse2'),
  both(PACKED_SSE, 'sse', 'sse2'),
  both(PACKED_SSE2, 'sse2', 'sse2'),
  both(PACKED_SSSE3, 'ssse3', 'ssse3'),
  both(SHIFTS, 'mmx', 'sse2').replaceAll(' | - mmx', ' | - mmx @shift').replaceAll(' | - sse', ' | - sse @shift'),
  entries(IMMEDIATE_SHIFTS)
    .map(
      ([opcode, mnemonic]) =>
        `${mnemonic} | ${opcode} ib | - mmx reg @shift-count feature:mmx\n${mnemonic} | 66 ${opcode} ib | - sse reg @shift-count feature:sse2`,
    )
    .join('\n'),
  `emms | 0f 77 | - mmx feature:mmx
movd | 0f 6e /r | - mmx feature:mmx
movd | 0f 7e /r | - mmx feature:mmx
movq | 0f 6e /r | - W 64 mmx feature:mmx
movq | 0f 7e /r | - W 64 mmx feature:mmx
movq | 0f 6f /r | - mmx feature:mmx
movq | 0f 7f /r | - mmx feature:mmx
movntq | 0f e7 /r | - mmx mem feature:sse
maskmovq | 0f f7 /r | - mmx reg @mask feature:sse
pmovmskb | 0f d7 /r | - mmx reg feature:sse
pshufw | 0f 70 /r ib | - mmx feature:sse
pinsrw | 0f c4 /r ib | - mmx feature:sse
pextrw | 0f c5 /r ib | - mmx reg feature:sse
palignr | 0f 3a 0f /r ib | - mmx feature:ssse3
movq2dq | f3 0f d6 /r | - mmx sse reg feature:sse2
movdq2q | f2 0f d6 /r | - mmx sse reg feature:sse2`,
].join('\n');

const MOVES = `
movups | 0f 10 /r | - sse feature:sse
movups | 0f 11 /r | - sse feature:sse
movupd | 66 0f 10 /r | - sse feature:sse2
movupd | 66 0f 11 /r | - sse feature:sse2
movss | f3 0f 10 /r | - sse feature:sse
movss | f3 0f 11 /r | - sse feature:sse
movsd | f2 0f 10 /r | - sse feature:sse2
movsd | f2 0f 11 /r | - sse feature:sse2
movlps | 0f 12 /r | - sse feature:sse
movlps | 0f 13 /r | - sse mem feature:sse
movlpd | 66 0f 12 /r | - sse mem feature:sse2
movlpd | 66 0f 13 /r | - sse mem feature:sse2
movhps | 0f 16 /r | - sse feature:sse
movhps | 0f 17 /r | - sse mem feature:sse
movhpd | 66 0f 16 /r | - sse mem feature:sse2
movhpd | 66 0f 17 /r | - sse mem feature:sse2
movaps | 0f 28 /r | - sse aligned feature:sse
movaps | 0f 29 /r | - sse aligned feature:sse
movapd | 66 0f 28 /r | - sse aligned feature:sse2
movapd | 66 0f 29 /r | - sse aligned feature:sse2
movntps | 0f 2b /r | - sse aligned mem feature:sse
movntpd | 66 0f 2b /r | - sse aligned mem feature:sse2
movntdq | 66 0f e7 /r | - sse aligned mem feature:sse2
movntdqa | 66 0f 38 2a /r | - sse aligned mem feature:sse4_1
movdqa | 66 0f 6f /r | - sse aligned feature:sse2
movdqa | 66 0f 7f /r | - sse aligned feature:sse2
movdqu | f3 0f 6f /r | - sse feature:sse2
movdqu | f3 0f 7f /r | - sse feature:sse2
lddqu | f2 0f f0 /r | - sse mem feature:pni
movd | 66 0f 6e /r | - sse feature:sse2
movd | 66 0f 7e /r | - sse feature:sse2
movq | 66 0f 6e /r | - W 64 sse feature:sse2
movq | 66 0f 7e /r | - W 64 sse feature:sse2
movq | f3 0f 7e /r | - sse feature:sse2
movq | 66 0f d6 /r | - sse feature:sse2
movsldup | f3 0f 12 /r | - sse aligned feature:pni
movshdup | f3 0f 16 /r | - sse aligned feature:pni
movddup | f2 0f 12 /r | - sse feature:pni
movmskps | 0f 50 /r | - sse reg feature:sse
movmskpd | 66 0f 50 /r | - sse reg feature:sse2
pmovmskb | 66 0f d7 /r | - sse reg feature:sse2
maskmovdqu | 66 0f f7 /r | - sse reg @mask feature:sse2
ldmxcsr | 0f ae /2 | - sse mem @mxcsr feature:sse
stmxcsr | 0f ae /3 | - sse mem feature:sse
pinsrw | 66 0f c4 /r ib | - sse feature:sse2
pextrw | 66 0f c5 /r ib | - sse reg feature:sse2
pextrb | 66 0f 3a 14 /r ib | - sse feature:sse4_1
pextrw | 66 0f 3a 15 /r ib | - sse feature:sse4_1
pextrd | 66 0f 3a 16 /r ib | - sse feature:sse4_1
pextrq | 66 0f 3a 16 /r ib | - W 64 sse feature:sse4_1
extractps | 66 0f 3a 17 /r ib | - sse feature:sse4_1
pinsrb | 66 0f 3a 20 /r ib | - sse feature:sse4_1
insertps | 66 0f 3a 21 /r ib | - sse feature:sse4_1
pinsrd | 66 0f 3a 22 /r ib | - sse feature:sse4_1
pinsrq | 66 0f 3a 22 /r ib | - W 64 sse feature:sse4_1`;

const ALIGNED_SSE2 = `
0f 6c punpcklqdq
0f 6d punpckhqdq
0f 14 unpcklpd
0f 15 unpckhpd
0f 54 andpd
0f 55 andnpd
0f 56 orpd
0f 57 xorpd`;
const ALIGNED_SSE = `
0f 14 unpcklps
0f 15 unpckhps
0f 54 andps
0f 55 andnps
0f 56 orps
0f 57 xorps`;
const ALIGNED_SSE41 = `
0f 38 10 pblendvb
0f 38 14 blendvps
0f 38 15 blendvpd
0f 38 17 ptest
0f 38 28 pmuldq
0f 38 29 pcmpeqq
0f 38 2b packusdw
0f 38 38 pminsb
0f 38 39 pminsd
0f 38 3a pminuw
0f 38 3b pminud
0f 38 3c pmaxsb
0f 38 3d pmaxsd
0f 38 3e pmaxuw
0f 38 3f pmaxud
0f 38 40 pmulld
0f 38 41 phminposuw`;
const IMMEDIATE_SSE41 = `
0f 3a 0c blendps
0f 3a 0d blendpd
0f 3a 0e pblendw
0f 3a 42 mpsadbw`;
const EXTENSIONS = `
0f 38 20 pmovsxbw
0f 38 21 pmovsxbd
0f 38 22 pmovsxbq
0f 38 23 pmovsxwd
0f 38 24 pmovsxwq
0f 38 25 pmovsxdq
0f 38 30 pmovzxbw
0f 38 31 pmovzxbd
0f 38 32 pmovzxbq
0f 38 33 pmovzxwd
0f 38 34 pmovzxwq
0f 38 35 pmovzxdq`;
const STRINGS = `
0f 3a 60 pcmpestrm
0f 3a 61 pcmpestri
0f 3a 62 pcmpistrm
0f 3a 63 pcmpistri`;

/** Packed and scalar, single and double. */
function fourWay(opcode: string, name: string, more = ''): string {
  return [
    `${name}ps | 0f ${opcode} /r${more} | - sse aligned feature:sse`,
    `${name}pd | 66 0f ${opcode} /r${more} | - sse aligned feature:sse2`,
    `${name}ss | f3 0f ${opcode} /r${more} | - sse feature:sse`,
    `${name}sd | f2 0f ${opcode} /r${more} | - sse feature:sse2`,
  ].join('\n');
}
const FLOAT = `
comiss | 0f 2f /r | - sse feature:sse
comisd | 66 0f 2f /r | - sse feature:sse2
ucomiss | 0f 2e /r | - sse feature:sse
ucomisd | 66 0f 2e /r | - sse feature:sse2
cvtpi2ps | 0f 2a /r | - mmx sse feature:sse
cvtpi2pd | 66 0f 2a /r | - mmx sse feature:sse2
cvttps2pi | 0f 2c /r | - mmx sse feature:sse
cvttpd2pi | 66 0f 2c /r | - mmx sse aligned feature:sse2
cvtps2pi | 0f 2d /r | - mmx sse feature:sse
cvtpd2pi | 66 0f 2d /r | - mmx sse aligned feature:sse2
cvtsi2ss | f3 0f 2a /r | - sse feature:sse
cvtsi2ss | f3 0f 2a /r | - W 64 sse feature:sse
cvtsi2sd | f2 0f 2a /r | - sse feature:sse2
cvtsi2sd | f2 0f 2a /r | - W 64 sse feature:sse2
cvttss2si | f3 0f 2c /r | - sse @to-integer feature:sse
cvttss2si | f3 0f 2c /r | - W 64 sse @to-integer feature:sse
cvttsd2si | f2 0f 2c /r | - sse @to-integer feature:sse2
cvttsd2si | f2 0f 2c /r | - W 64 sse @to-integer feature:sse2
cvtss2si | f3 0f 2d /r | - sse @to-integer feature:sse
cvtss2si | f3 0f 2d /r | - W 64 sse @to-integer feature:sse
cvtsd2si | f2 0f 2d /r | - sse @to-integer feature:sse2
cvtsd2si | f2 0f 2d /r | - W 64 sse @to-integer feature:sse2
cvtps2pd | 0f 5a /r | - sse feature:sse2
cvtpd2ps | 66 0f 5a /r | - sse aligned feature:sse2
cvtss2sd | f3 0f 5a /r | - sse feature:sse2
cvtsd2ss | f2 0f 5a /r | - sse feature:sse2
cvtdq2ps | 0f 5b /r | - sse aligned feature:sse2
cvtps2dq | 66 0f 5b /r | - sse aligned @to-integer feature:sse2
cvttps2dq | f3 0f 5b /r | - sse aligned @to-integer feature:sse2
cvttpd2dq | 66 0f e6 /r | - sse aligned @to-integer feature:sse2
cvtdq2pd | f3 0f e6 /r | - sse feature:sse2
cvtpd2dq | f2 0f e6 /r | - sse aligned @to-integer feature:sse2
haddpd | 66 0f 7c /r | - sse aligned feature:pni
haddps | f2 0f 7c /r | - sse aligned feature:pni
hsubpd | 66 0f 7d /r | - sse aligned feature:pni
hsubps | f2 0f 7d /r | - sse aligned feature:pni
addsubpd | 66 0f d0 /r | - sse aligned feature:pni
addsubps | f2 0f d0 /r | - sse aligned feature:pni
roundps | 66 0f 3a 08 /r ib | - sse aligned @to-integer feature:sse4_1
roundpd | 66 0f 3a 09 /r ib | - sse aligned @to-integer feature:sse4_1
roundss | 66 0f 3a 0a /r ib | - sse @to-integer feature:sse4_1
roundsd | 66 0f 3a 0b /r ib | - sse @to-integer feature:sse4_1
dpps | 66 0f 3a 40 /r ib | - sse aligned @dot feature:sse4_1
dppd | 66 0f 3a 41 /r ib | - sse aligned @dot feature:sse4_1`;
const FOUR_WAY = { 51: 'sqrt', 58: 'add', 59: 'mul', '5c': 'sub', '5d': 'min', '5e': 'div', '5f': 'max' };

export const SSE = [
  MOVES.trim(),
  FLOAT.trim(),
  ...Object.entries(FOUR_WAY).map(([opcode, name]) => fourWay(opcode, name)),
  fourWay('c2', 'cmp', ' ib'),
  xmm(ALIGNED_SSE, '', 'aligned feature:sse'),
  xmm(ALIGNED_SSE2, '66', 'aligned feature:sse2'),
  xmm('0f c6 shufps', '', 'aligned feature:sse', ' ib'),
  xmm('0f c6 shufpd', '66', 'aligned feature:sse2', ' ib'),
  xmm('0f 70 pshufd', '66', 'aligned feature:sse2', ' ib'),
  xmm('0f 70 pshufhw', 'f3', 'aligned feature:sse2', ' ib'),
  xmm('0f 70 pshuflw', 'f2', 'aligned feature:sse2', ' ib'),
  'psrldq | 66 0f 73 /3 ib | - sse reg @shift-count feature:sse2',
  'pslldq | 66 0f 73 /7 ib | - sse reg @shift-count feature:sse2',
  xmm('0f 3a 0f palignr', '66', 'aligned @shift-count feature:ssse3', ' ib'),
  xmm(ALIGNED_SSE41, '66', 'aligned feature:sse4_1'),
  xmm(IMMEDIATE_SSE41, '66', 'aligned feature:sse4_1', ' ib'),
  xmm(EXTENSIONS, '66', 'feature:sse4_1'),
  xmm('0f 38 37 pcmpgtq', '66', 'aligned feature:sse4_2'),
  xmm(STRINGS, '66', '@string-compare feature:sse4_2', ' ib'),
].join('\n');
