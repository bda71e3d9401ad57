/** Forms of x87 instructions, in the notation of `forms.ts`. SDM volume 2, chapter 3, and volume 2, section B.17. */

function* arithmetic(): Generator<string> {
  for (const [n, name] of ['add', 'mul', 'com', 'comp', 'sub', 'subr', 'div', 'divr'].entries()) {
    yield `f${name} | d8 /${n} | - mem x87 feature:fpu`;
    yield `fi${name} | da /${n} | - mem x87 feature:fpu`;
    yield `f${name} | dc /${n} | - mem x87 feature:fpu`;
    yield `fi${name} | de /${n} | - mem x87 feature:fpu`;
    const modrm = (0xc0 + n * 8).toString(16);
    yield `f${name} | d8 ${modrm} +r | - x87 feature:fpu`;
    // With the destination in ST(i), 4 and 5, 6 and 7 change places; 2 and 3 are FCOM and FCOMP once more.
    const other = n < 4 ? name : ({ sub: 'subr', subr: 'sub', div: 'divr', divr: 'div' }[name] as string);
    yield `f${other} | dc ${modrm} +r | - x87 feature:fpu`;
    if (n !== 3) yield `f${other.replace('com', 'comp')}${n === 2 ? '' : 'p'} | de ${modrm} +r | - x87 feature:fpu`;
  }
}

/** Accurate to a unit in the last place, says the manual, and no more: volume 1, "Transcendental Instruction Accuracy". */
export const APPROXIMATE: ReadonlySet<string> = new Set(
  'f2xm1 fyl2x fyl2xp1 fptan fpatan fsin fcos fsincos'.split(' '),
);

/** They move more than 16 bytes. */
export const BLOCKS: ReadonlySet<string> = new Set(
  'fnstenv fldenv fnsave frstor fxsave fxrstor xsave xrstor xsaveopt'.split(' '),
);

/** Without operands, at D9. */
const SIMPLE: readonly [name: string, modrm: number][] = [
  ['fnop', 0xd0],
  ['fchs', 0xe0],
  ['fabs', 0xe1],
  ['ftst', 0xe4],
  ['fxam', 0xe5],
  ['fld1', 0xe8],
  ['fldl2t', 0xe9],
  ['fldl2e', 0xea],
  ['fldpi', 0xeb],
  ['fldlg2', 0xec],
  ['fldln2', 0xed],
  ['fldz', 0xee],
  ['f2xm1', 0xf0],
  ['fyl2x', 0xf1],
  ['fptan', 0xf2],
  ['fpatan', 0xf3],
  ['fxtract', 0xf4],
  ['fprem1', 0xf5],
  ['fdecstp', 0xf6],
  ['fincstp', 0xf7],
  ['fprem', 0xf8],
  ['fyl2xp1', 0xf9],
  ['fsqrt', 0xfa],
  ['fsincos', 0xfb],
  ['frndint', 0xfc],
  ['fscale', 0xfd],
  ['fsin', 0xfe],
  ['fcos', 0xff],
];
const SETUP = new Map([
  ['fscale', '@x87-scale'],
  ['f2xm1', '@x87-small'],
  ['fyl2xp1', '@x87-smaller'],
  ['fsin', '@x87-angle'],
  ['fcos', '@x87-angle'],
  ['fsincos', '@x87-angle'],
  ['fptan', '@x87-angle'],
]);
const simple = SIMPLE.map(
  ([name, modrm]) => `${name} | d9 ${modrm.toString(16)} | - x87 feature:fpu ${SETUP.get(name) ?? ''}`,
);

const OTHERS = `
fld | d9 /0 | - mem x87 feature:fpu
fst | d9 /2 | - mem x87 feature:fpu
fstp | d9 /3 | - mem x87 feature:fpu
fldenv | d9 /4 | v mem x87 feature:fpu
fldcw | d9 /5 | - mem x87 feature:fpu
fnstenv | d9 /6 | v mem x87 feature:fpu
fnstcw | d9 /7 | - mem x87 feature:fpu
fld | d9 c0 +r | - x87 feature:fpu
fxch | d9 c8 +r | - x87 feature:fpu
fstpnce | d9 d8 +r | - x87 feature:fpu
fcmovb | da c0 +r | - x87 feature:fpu
fcmove | da c8 +r | - x87 feature:fpu
fcmovbe | da d0 +r | - x87 feature:fpu
fcmovu | da d8 +r | - x87 feature:fpu
fucompp | da e9 | - x87 feature:fpu
fild | db /0 | - mem x87 feature:fpu
fisttp | db /1 | - mem x87 feature:pni
fist | db /2 | - mem x87 feature:fpu @x87-integer
fistp | db /3 | - mem x87 feature:fpu @x87-integer
fld | db /5 | - mem x87 feature:fpu
fstp | db /7 | - mem x87 feature:fpu
fcmovnb | db c0 +r | - x87 feature:fpu
fcmovne | db c8 +r | - x87 feature:fpu
fcmovnbe | db d0 +r | - x87 feature:fpu
fcmovnu | db d8 +r | - x87 feature:fpu
fneni | db e0 | - x87 feature:fpu
fndisi | db e1 | - x87 feature:fpu
fnclex | db e2 | - x87 feature:fpu
fninit | db e3 | - x87 feature:fpu
fnsetpm | db e4 | - x87 feature:fpu
fucomi | db e8 +r | - x87 feature:fpu
fcomi | db f0 +r | - x87 feature:fpu
fld | dd /0 | - mem x87 feature:fpu
fisttp | dd /1 | - mem x87 feature:pni @x87-integer
fst | dd /2 | - mem x87 feature:fpu
fstp | dd /3 | - mem x87 feature:fpu
frstor | dd /4 | v mem x87 feature:fpu
fnsave | dd /6 | v mem x87 feature:fpu
fnstsw | dd /7 | - mem x87 feature:fpu
ffree | dd c0 +r | - x87 feature:fpu
fxch | dd c8 +r | - x87 feature:fpu
fst | dd d0 +r | - x87 feature:fpu
fstp | dd d8 +r | - x87 feature:fpu
fucom | dd e0 +r | - x87 feature:fpu
fucomp | dd e8 +r | - x87 feature:fpu
fcompp | de d9 | - x87 feature:fpu
fild | df /0 | - mem x87 feature:fpu
fisttp | df /1 | - mem x87 feature:pni @x87-integer
fist | df /2 | - mem x87 feature:fpu @x87-integer
fistp | df /3 | - mem x87 feature:fpu @x87-integer
fbld | df /4 | - mem x87 feature:fpu @x87-decimal
fild | df /5 | - mem x87 feature:fpu
fbstp | df /6 | - mem x87 feature:fpu @x87-integer
fistp | df /7 | - mem x87 feature:fpu @x87-integer
ffreep | df c0 +r | - x87 feature:fpu
fxch | df c8 +r | - x87 feature:fpu
fstp | df d0 +r | - x87 feature:fpu
fstp | df d8 +r | - x87 feature:fpu
fnstsw | df e0 | - x87 feature:fpu
fucomip | df e8 +r | - x87 feature:fpu
fcomip | df f0 +r | - x87 feature:fpu
fwait | 9b | - x87 feature:fpu
`;

/** State as a whole: with REX.W the pointers are 64 bits wide. */
function* areas(): Generator<string> {
  for (const [form, attributes] of [
    ['fxsave | 0f ae /0', 'aligned @area-save feature:fxsr'],
    ['fxrstor | 0f ae /1', 'aligned @area-load feature:fxsr'],
    ['xsave | 0f ae /4', 'aligned64 @area-xsave feature:xsave'],
    ['xrstor | 0f ae /5', 'aligned64 @area-xrstor feature:xsave'],
    ['xsaveopt | 0f ae /6', 'aligned64 @area-xsave feature:xsaveopt'],
  ]) {
    yield `${form} | - mem x87 sse ${attributes}`;
    yield `${form} | - W 64 mem x87 sse ${attributes}`;
  }
}

const lines = (text: string) => text.trim().split('\n');
export const X87 = [...arithmetic(), ...simple, ...lines(OTHERS), ...areas()].join('\n');
