/**
 * The instruction forms that are tested, written down from the manual and on purpose apart from the emulator's own
 * opcode tables, so that a mistake in those shows. Intel SDM volume 2, chapters 3-6, the "Opcode" columns.
 *
 * A line is `mnemonic | opcode | attributes`. The opcode column is the manual's: bytes; `+r` a register in the low
 * three bits; `/r` ModRM; `/0`-`/7` ModRM with that digit; `ib iw iz iv` immediates of 8, 16, at most 32, full bits;
 * `cb cz` relative targets; `mo` a memory offset; `ap` a far pointer. Attributes:
 *
 *   b v w s n -   width: byte; 16/32/64; always 16; stack (16/32 or 16/64); near branch; operand size has no effect
 *   y             as v without 16 bits        W           REX.W is part of the opcode
 *   mem reg       ModRM takes only memory, only registers
 *   lock          LOCK is legal with a memory destination
 *   rep repe      takes REP, or REPE and REPNE
 *   rep-ok        REP is ignored (and common: `rep ret`)
 *   64 32         only in 64-bit mode; not in 64-bit mode
 *   sreg          the reg field names a segment register
 *   x87 mmx sse   uses that state, which the case then carries: `fpu-values.ts`
 *   aligned       a memory operand that must be aligned to 16 bytes, and mostly is; `aligned64`: to 64 bytes
 *   @name         how registers and memory are prepared: `setup.ts`
 *   feature:name  only where host and emulator have it
 *   host:name     only where the host has it: the emulator has it and cannot say so, since it belongs to a larger set
 *
 * The opcode of an instruction with VEX prefix begins with `vex.`, the prefix that VEX.pp stands for, and the map: `vex.f2.0f38`.
 * Its attribute `vvvv` says that VEX.vvvv names a register.
 */
import { EXTENSIONS } from './forms-extensions.ts';
import { MMX, SSE } from './forms-sse.ts';
import { X87 } from './forms-x87.ts';

export type Width = 'b' | 'v' | 'w' | 's' | 'n' | '-' | 'y';
export type Immediate = 'ib' | 'iw' | 'iz' | 'iv' | 'cb' | 'cz' | 'mo' | 'ap';

/** VEX.pp (0-3: none, 66, F3, F2) and VEX.mmmmm (1-3: 0F, 0F38, 0F3A), and whether vvvv is an operand. */
export interface VexOpcode {
  prefix: number;
  map: number;
  vvvv: boolean;
}

/** State beyond general registers and flags. */
export type FpuUse = 'x87' | 'mmx' | 'sse';

export interface Form {
  /** As the undefined-flags table knows it; conditions are folded: `jcc`. */
  mnemonic: string;
  /** The table's line, for reports. */
  text: string;
  /** F2, F3 or 66, where it is part of the opcode. */
  mandatory: number | null;
  opcode: number[];
  plusRegister: boolean;
  /** `r`, a digit, or none. */
  modrm: 'r' | number | null;
  immediates: Immediate[];
  width: Width;
  rexW: boolean;
  memoryOnly: boolean;
  registerOnly: boolean;
  lock: boolean;
  repeat: 'none' | 'rep' | 'repe' | 'ignored';
  only: 64 | 32 | null;
  segmentRegister: boolean;
  vex: VexOpcode | null;
  fpu: FpuUse[];
  /** In bytes. */
  alignment: 1 | 16 | 64;
  setup: string | null;
  feature: string | null;
  /** Only the host has to have the feature. */
  unannounced: boolean;
  /** Condition code of jcc, setcc and cmovcc; -1. */
  condition: number;
}

const hex = (n: number) => n.toString(16).padStart(2, '0');

function* arithmetic(): Generator<string> {
  for (const [n, name] of ['add', 'or', 'adc', 'sbb', 'and', 'sub', 'xor', 'cmp'].entries()) {
    const lock = name === 'cmp' ? '' : 'lock';
    yield `${name} | ${hex(n * 8)} /r | b ${lock}`;
    yield `${name} | ${hex(n * 8 + 1)} /r | v ${lock}`;
    yield `${name} | ${hex(n * 8 + 2)} /r | b`;
    yield `${name} | ${hex(n * 8 + 3)} /r | v`;
    yield `${name} | ${hex(n * 8 + 4)} ib | b`;
    yield `${name} | ${hex(n * 8 + 5)} iz | v`;
    yield `${name} | 80 /${n} ib | b ${lock}`;
    yield `${name} | 81 /${n} iz | v ${lock}`;
    yield `${name} | 82 /${n} ib | b 32 ${lock}`;
    yield `${name} | 83 /${n} ib | v ${lock}`;
  }
  for (const [n, name] of ['rol', 'ror', 'rcl', 'rcr', 'shl', 'shr', '', 'sar'].entries()) {
    if (!name) continue;
    yield `${name} | c0 /${n} ib | b`;
    yield `${name} | c1 /${n} ib | v`;
    yield `${name} | d0 /${n} | b`;
    yield `${name} | d1 /${n} | v`;
    yield `${name} | d2 /${n} | b @count`;
    yield `${name} | d3 /${n} | v @count`;
  }
  for (const [n, name] of ['bt', 'bts', 'btr', 'btc'].entries()) {
    const lock = n === 0 ? '' : 'lock';
    yield `${name} | 0f ${hex(0xa3 + n * 8)} /r | v @bit ${lock}`;
    yield `${name} | 0f ba /${4 + n} ib | v ${lock}`;
  }
}

function* conditional(): Generator<string> {
  for (let cc = 0; cc < 16; cc++) {
    yield `jcc | ${hex(0x70 + cc)} cb | n rep-ok`;
    yield `jcc | 0f ${hex(0x80 + cc)} cz | n rep-ok`;
    yield `setcc | 0f ${hex(0x90 + cc)} /r | b`;
    yield `cmovcc | 0f ${hex(0x40 + cc)} /r | v`;
  }
}

const INTEGER = `
test | a8 ib | b
test | a9 iz | v
test | 84 /r | b
test | 85 /r | v
test | f6 /0 ib | b
test | f7 /0 iz | v
not | f6 /2 | b lock
not | f7 /2 | v lock
neg | f6 /3 | b lock
neg | f7 /3 | v lock
mul | f6 /4 | b
mul | f7 /4 | v
imul | f6 /5 | b
imul | f7 /5 | v
imul | 0f af /r | v
imul | 6b /r ib | v
imul | 69 /r iz | v
div | f6 /6 | b @divide
div | f7 /6 | v @divide
idiv | f6 /7 | b @divide
idiv | f7 /7 | v @divide
inc | fe /0 | b lock
inc | ff /0 | v lock
inc | 40 +r | v 32
dec | fe /1 | b lock
dec | ff /1 | v lock
dec | 48 +r | v 32
shld | 0f a4 /r ib | v
shld | 0f a5 /r | v @count
shrd | 0f ac /r ib | v
shrd | 0f ad /r | v @count
bsf | 0f bc /r | v @scan
bsr | 0f bd /r | v @scan
popcnt | f3 0f b8 /r | v feature:popcnt
lzcnt | f3 0f bd /r | v @scan feature:abm
tzcnt | f3 0f bc /r | v @scan feature:bmi1
movbe | 0f 38 f0 /r | v mem feature:movbe
movbe | 0f 38 f1 /r | v mem feature:movbe
bswap | 0f c8 +r | y
cbw | 98 | v
cwd | 99 | v
aaa | 37 | - 32
aas | 3f | - 32
daa | 27 | - 32
das | 2f | - 32
aam | d4 ib | - 32
aad | d5 ib | - 32
lahf | 9f | - feature:lahf_lm
sahf | 9e | - feature:lahf_lm
clc | f8 | -
stc | f9 | -
cmc | f5 | -
cld | fc | -
std | fd | -
`;

const DATA_TRANSFER = `
mov | 88 /r | b
mov | 89 /r | v
mov | 8a /r | b
mov | 8b /r | v
mov | a0 mo | b
mov | a1 mo | v
mov | a2 mo | b
mov | a3 mo | v
mov | b0 +r ib | b
mov | b8 +r iv | v
mov | c6 /0 ib | b
mov | c7 /0 iz | v
movzx | 0f b6 /r | v
movzx | 0f b7 /r | v
movsx | 0f be /r | v
movsx | 0f bf /r | v
movsx | 63 /r | v 64
movnti | 0f c3 /r | y mem feature:sse2
lea | 8d /r | v mem
xchg | 86 /r | b lock
xchg | 87 /r | v lock
xchg | 90 +r | v
xadd | 0f c0 /r | b lock
xadd | 0f c1 /r | v lock
cmpxchg | 0f b0 /r | b lock @compare
cmpxchg | 0f b1 /r | v lock @compare
cmpxchg8b | 0f c7 /1 | - mem lock @compare8
cmpxchg16b | 0f c7 /1 | - W mem lock aligned 64 @compare8 feature:cx16
xlat | d7 | - @xlat
push | 50 +r | s @stack
push | 6a ib | s @stack
push | 68 iz | s @stack
push | ff /6 | s @stack
pop | 58 +r | s @stack
pop | 8f /0 | s @stack
pushf | 9c | s @stack
popf | 9d | s @flags
pusha | 60 | v 32 @stack
popa | 61 | v 32 @stack
enter | c8 iw ib | s @enter
leave | c9 | s @leave
nop | 90 | -
nop | 0f 1f /0 | v
nop | 0f 18 /r | v mem
nop | 0f 0d /r | v mem feature:3dnowprefetch
nop | 0f 19 /r | v
nop | 0f 1a /r | v
nop | 0f 1b /r | v
nop | 0f 1c /r | v
nop | 0f 1d /r | v
nop | 0f 1e /r | v
pause | f3 90 | -
endbr | f3 0f 1e fa | -
endbr | f3 0f 1e fb | -
fence | 0f ae e8 | - feature:sse2
fence | 0f ae f0 | - feature:sse2
fence | 0f ae f8 | - feature:sse2
`;

const STRINGS = `
movs | a4 | b rep @string
movs | a5 | v rep @string
cmps | a6 | b repe @string
cmps | a7 | v repe @string
stos | aa | b rep @string
stos | ab | v rep @string
lods | ac | b rep @string
lods | ad | v rep @string
scas | ae | b repe @string
scas | af | v repe @string
`;

const CONTROL = `
jmp | eb cb | n rep-ok
jmp | e9 cz | n rep-ok
jmp | ff /4 | n @target rep-ok
call | e8 cz | n @stack rep-ok
call | ff /2 | n @call rep-ok
ret | c3 | n @return rep-ok
ret | c2 iw | n @return rep-ok
loopne | e0 cb | - @loop
loope | e1 cb | - @loop
loop | e2 cb | - @loop
jcxz | e3 cb | - @loop
int3 | cc | -
int | cd ib | - @vector
int1 | f1 | -
into | ce | - 32
bound | 62 /r | v mem 32 @bound
ud | 0f 0b | -
ud | 0f b9 /r | v
ud | 0f ff /r | v
`;

/** What user code may do with segments: no privilege changes, but every check on the way. */
const SEGMENTS = `
mov-from-segment | 8c /r | v sreg
mov-to-segment | 8e /r | v sreg @selector
push-segment | 0f a0 | s @stack
push-segment | 0f a8 | s @stack
push-segment | 06 | s 32 @stack
push-segment | 0e | s 32 @stack
push-segment | 16 | s 32 @stack
push-segment | 1e | s 32 @stack
pop-segment | 0f a1 | s @pop-segment
pop-segment | 0f a9 | s @pop-segment
pop-segment | 07 | s 32 @pop-segment
pop-segment | 17 | s 32 @pop-segment
pop-segment | 1f | s 32 @pop-segment
load-far | 0f b2 /r | v mem @far
load-far | 0f b4 /r | v mem @far
load-far | 0f b5 /r | v mem @far
load-far | c4 /r | v mem 32 @far
load-far | c5 /r | v mem 32 @far
lar | 0f 02 /r | v @selector
lsl | 0f 03 /r | v @selector
verr | 0f 00 /4 | - @selector
verw | 0f 00 /5 | - @selector
arpl | 63 /r | - 32 @selector
far-jmp | ea ap | v 32 @far
far-jmp | ff /5 | v mem @far
far-call | 9a ap | v 32 @far-call
far-call | ff /3 | v mem @far-call
retf | cb | v @far-return
retf | ca iw | v @far-return
iret | cf | v @far-return
`;

/** Privileged or undefined at level 3: what counts is the exception. */
const FAULTING = `
hlt | f4 | -
cli | fa | -
sti | fb | -
in | e4 ib | -
in | e5 ib | v
in | ec | -
in | ed | v
out | e6 ib | -
out | e7 ib | v
out | ee | -
out | ef | v
ins | 6c | b rep @string
ins | 6d | v rep @string
outs | 6e | b rep @string
outs | 6f | v rep @string
lldt | 0f 00 /2 | -
ltr | 0f 00 /3 | -
lgdt | 0f 01 /2 | - mem
lidt | 0f 01 /3 | - mem
lmsw | 0f 01 /6 | -
invlpg | 0f 01 /7 | - mem
swapgs | 0f 01 f8 | - 64
clts | 0f 06 | -
invd | 0f 08 | -
wbinvd | 0f 09 | -
mov-cr | 0f 20 /0 | - reg
mov-cr | 0f 20 /3 | - reg
mov-cr | 0f 22 /0 | - reg
mov-cr | 0f 22 /3 | - reg
mov-dr | 0f 21 /7 | - reg
mov-dr | 0f 23 /7 | - reg
wrmsr | 0f 30 | -
rdmsr | 0f 32 | -
`;

/** One-byte opcodes that 64-bit mode has not: SDM volume 2, table A-2, superscript i64. */
const NOT_IN_64 = [
  0x06, 0x07, 0x0e, 0x16, 0x17, 0x1e, 0x1f, 0x27, 0x2f, 0x37, 0x3f, 0x60, 0x61, 0x82, 0x9a, 0xce, 0xd4, 0xea,
];

function parse(line: string): Form {
  const [mnemonic, opcode, attributes] = line.split('|').map((part) => part.trim()) as [string, string, string];
  const form: Form = {
    mnemonic,
    text: `${mnemonic} ${opcode}`,
    mandatory: null,
    opcode: [],
    plusRegister: false,
    modrm: null,
    immediates: [],
    width: '-',
    rexW: false,
    memoryOnly: false,
    registerOnly: false,
    lock: false,
    repeat: 'none',
    only: null,
    segmentRegister: false,
    vex: null,
    fpu: [],
    alignment: 1,
    setup: null,
    feature: null,
    unannounced: false,
    condition: -1,
  };
  // The first token is a byte always: `cb` may be RETF.
  for (const token of opcode.split(' ')) {
    if (token.startsWith('vex.')) form.vex = vexOpcode(token);
    else if (token === '+r') form.plusRegister = true;
    else if (token === '/r') form.modrm = 'r';
    else if (token.startsWith('/')) form.modrm = Number(token.slice(1));
    else if (form.opcode.length && /^(ib|iw|iz|iv|cb|cz|mo|ap)$/.test(token)) form.immediates.push(token as Immediate);
    else form.opcode.push(Number.parseInt(token, 16));
  }
  const first = form.opcode[0] as number;
  if (form.opcode.length > 1 && (first === 0xf3 || first === 0xf2 || first === 0x66))
    form.mandatory = form.opcode.shift() as number;
  for (const word of attributes.split(/\s+/)) {
    if (/^[bvwsny-]$/.test(word)) form.width = word as Width;
    else if (word === 'W') form.rexW = true;
    else if (word === 'mem') form.memoryOnly = true;
    else if (word === 'reg') form.registerOnly = true;
    else if (word === 'lock') form.lock = true;
    else if (word === 'rep' || word === 'repe') form.repeat = word;
    else if (word === 'rep-ok') form.repeat = 'ignored';
    else if (word === '64' || word === '32') form.only = Number(word) as 64 | 32;
    else if (word === 'sreg') form.segmentRegister = true;
    else if (word === 'x87' || word === 'mmx' || word === 'sse') form.fpu.push(word);
    else if (word === 'aligned') form.alignment = 16;
    else if (word === 'aligned64') form.alignment = 64;
    else if (word.startsWith('@')) form.setup = word.slice(1);
    else if (word === 'vvvv' && form.vex) form.vex.vvvv = true;
    else if (word.startsWith('feature:')) form.feature = word.slice(8);
    else if (word.startsWith('host:')) {
      form.feature = word.slice(5);
      form.unannounced = true;
    } else if (word) throw new Error(`unknown attribute ${word}: ${line}`);
  }
  if (mnemonic.endsWith('cc')) form.condition = (form.opcode.at(-1) as number) & 15;
  return form;
}

function vexOpcode(token: string): VexOpcode {
  const parts = token.split('.');
  const prefix = ['', '66', 'f3', 'f2'].indexOf(parts.length === 3 ? (parts[1] as string) : '');
  const map = ['', '0f', '0f38', '0f3a'].indexOf(parts.at(-1) as string);
  if (prefix < 0 || map < 1) throw new Error(`${token} is no VEX opcode`);
  return { prefix, map, vvvv: false };
}

const lines = (text: string) => text.trim().split('\n');

export const FORMS: readonly Form[] = [
  ...arithmetic(),
  ...conditional(),
  ...lines(INTEGER),
  ...lines(DATA_TRANSFER),
  ...lines(STRINGS),
  ...lines(CONTROL),
  ...lines(SEGMENTS),
  ...lines(FAULTING),
  ...lines(EXTENSIONS),
  ...lines(X87),
  ...lines(MMX),
  ...lines(SSE),
  ...NOT_IN_64.map((opcode) => `invalid | ${hex(opcode)} | - 64`),
].map(parse);
