/** Preparations by instruction: registers and memory such that more happens than a fault. Named in the table of forms. */
import { type Draft, littleEndian, RAX, RBP, RBX, RCX, RDI, RDX, RSI, RSP } from './draft.ts';
import { operandWidth, vexRegister } from './encode.ts';
import * as L from './layout.ts';
import { interesting } from './random.ts';
import { SSE_SETUPS } from './setup-sse.ts';
import { X87_SETUPS } from './setup-x87.ts';

/** Real selectors of Linux's GDT and of the test's LDT, good and bad; never one whose descriptor differs by machine. */
const SELECTORS: readonly number[] = [
  ...[0x2b, 0x2b, 0x2b, 0x2b, 0x2b, 0x2b, 0x2b, 0x2b, 0x2b],
  ...[0, 0, 3, 0x08, 0x10, 0x13, 0x18, 0x1b, 0x20, 0x23, 0x28, 0x29, 0x2b, 0x2b, 0x2b, 0x30, 0x33],
  ...[0x40, 0x43, 0x50, 0x53, 0x80, 0x83, 0xfffb, 0x2f, 0x2c],
  ...Object.values(L.Selector),
  ...Object.values(L.Selector),
  ...[0x04, 0x06, 0x0d, 0x15, 0x1c],
];
/** Those that a far transfer at level 3 can go to, many times over, and the others; 16-bit code is not emulated yet. */
const CODE_SELECTORS: readonly number[] = [
  ...Array.from({ length: 60 }, (_, i) => (i % 2 ? L.Selector.USER_CS : L.Selector.USER32_CS)),
  ...[0x20, 0x30],
  ...SELECTORS.filter((selector) => (selector | 3) !== (L.Selector.CODE16 | 3)),
];

const mask = (bits: number) => (1n << BigInt(bits)) - 1n;

/** Rounds down to a multiple, also below zero. */
const floorTo = (n: number, step: number) => Math.floor(n / step) * step;

function count(d: Draft): void {
  const width = d.width;
  const counts = [
    0,
    1,
    1,
    2,
    width - 1,
    width,
    width + 1,
    15,
    16,
    17,
    31,
    32,
    33,
    63,
    64,
    65,
    255,
    d.random.below(256),
  ];
  d.setRegister(RCX, BigInt(d.random.pick(counts)), 8);
  d.fixed.add(RCX);
}

function divide(d: Draft): void {
  const { random, width } = d;
  if (random.chance(0.12)) return;
  const signed = d.e.form.mnemonic === 'idiv';
  const narrow = (value: bigint) => (signed ? BigInt.asIntN(width, value) : BigInt.asUintN(width, value));
  const divisor = narrow(interesting(random));
  if (divisor === 0n && random.chance(0.8)) return;
  const quotient = narrow(interesting(random));
  const size = divisor < 0n ? -divisor : divisor;
  let remainder = size === 0n ? 0n : random.u64() % size;
  if (quotient * divisor < 0n || (quotient === 0n && random.chance(0.5))) remainder = signed ? -remainder : remainder;
  const dividend = quotient * divisor + remainder;
  if (width === 8) d.setRegister(RAX, dividend & 0xffffn, 16);
  else {
    d.setRegister(RAX, dividend & mask(width), width);
    d.setRegister(RDX, (dividend >> BigInt(width)) & mask(width), width);
  }
  d.setOperand(divisor & mask(width), width);
}

/** Bit offsets reach outside the operand when it is memory. SDM volume 2, "Bit(BitBase, BitOffset)". */
function bit(d: Draft): void {
  const { random, width } = d;
  const range = d.e.addressSize === 16 ? 2000 : 30000;
  const offset = random.chance(0.95) ? random.below(2 * range) - range : Number(BigInt.asIntN(32, random.u64()));
  d.setRegister(d.e.reg, BigInt(offset), width);
  const signed = width === 16 ? (offset << 16) >> 16 : offset;
  d.beside = floorTo(signed, width) / 8;
}

function scan(d: Draft): void {
  if (d.random.chance(0.15)) d.setOperand(0n, d.width);
}

function compare(d: Draft): void {
  const value = interesting(d.random);
  d.setOperand(value & mask(d.width), d.width);
  if (d.random.chance(0.6)) d.setRegister(RAX, value, d.width);
}

function compare8(d: Draft): void {
  const half = d.e.rex & 8 ? 64 : 32;
  const value = d.random.u64() & mask(half);
  const high = interesting(d.random) & mask(half);
  d.operand = Uint8Array.from([...littleEndian(value, half / 8), ...littleEndian(high, half / 8)]);
  if (d.random.chance(0.7)) {
    d.setRegister(RAX, value, half);
    d.setRegister(RDX, high, half);
  }
}

function xlat(d: Draft): void {
  const address = BigInt(d.dataAddress() - d.segmentBase()) - ((d.gpr[RAX] as bigint) & 0xffn);
  d.setPointer(RBX, address);
}

/** An image of RFLAGS to pop. Without AC: alignment checks, which hit the next instruction, are not emulated. */
const flagsImage = (d: Draft) => d.random.u64() & ~0x40000n;

function flags(d: Draft): void {
  d.setStack(littleEndian(flagsImage(d), 8));
}

function enter(d: Draft): void {
  const { random } = d;
  d.setStack();
  if (random.chance(0.95)) {
    d.gpr[RBP] = BigInt(d.stackAddress());
    d.fixed.add(RBP);
  }
  if (d.e.form.mnemonic !== 'enter') return;
  d.e.immediates[0] = BigInt(random.chance(0.9) ? random.below(256) : random.below(0x10000));
  d.e.immediates[1] = BigInt(random.chance(0.6) ? random.below(4) : random.below(256));
}

function string(d: Draft): void {
  const { random, e } = d;
  const size = operandWidth(e) / 8;
  const repeats = random.chance(0.05) ? random.below(400) : random.below(20);
  if (random.chance(0.97)) d.setPointer(RCX, BigInt(repeats));
  const source = d.dataAddress();
  const destination = random.chance(0.3) ? source + random.below(33) - 16 : d.dataAddress();
  d.setPointer(RSI, BigInt(source - d.segmentBase()));
  d.setPointer(RDI, BigInt(destination));
  if (e.form.mnemonic === 'cmps' || e.form.mnemonic === 'scas') {
    const element = littleEndian(random.u64(), 8).slice(0, size);
    const run = Uint8Array.from({ length: 24 }, (_, i) => element[i % size] as number);
    if (random.chance(0.5)) run[random.below(24)] = random.below(256);
    d.patch(source - 8, run);
    d.patch(destination - 8, run);
    if (e.form.mnemonic === 'scas' && random.chance(0.8))
      d.setRegister(
        RAX,
        element.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n),
        size * 8,
      );
  }
}

/** Offset of a linear address in the code segment that the case starts in. */
const offsetIn = (d: Draft, linear: bigint) => (d.e.mode === 16 ? linear - BigInt(L.CODE) : linear);

function target(d: Draft): void {
  d.setOperand(offsetIn(d, d.codeTarget()), d.e.operandSize);
}

function call(d: Draft): void {
  d.setStack();
  target(d);
}

function returnNear(d: Draft): void {
  d.setStack(littleEndian(offsetIn(d, d.codeTarget()), d.e.operandSize / 8));
  if (d.e.immediates.length) d.e.immediates[0] = BigInt(d.random.below(d.random.chance(0.9) ? 64 : 0x10000));
}

function loop(d: Draft): void {
  const { random } = d;
  d.setPointer(RCX, random.chance(0.8) ? BigInt(random.below(3)) : random.u64());
}

function vector(d: Draft): void {
  // 80h is Linux's system call.
  const number = d.random.below(256);
  d.e.immediates[0] = BigInt(number === 0x80 ? 0x81 : number);
}

function bound(d: Draft): void {
  const size = d.e.operandSize;
  const lower = BigInt(d.random.below(200) - 100);
  const upper = lower + BigInt(d.random.below(100) - 5);
  d.operand = Uint8Array.from([...littleEndian(lower, size / 8), ...littleEndian(upper, size / 8)]);
  if (d.random.chance(0.8)) d.setRegister(d.e.reg, BigInt(d.random.below(240) - 120), size);
}

function selector(d: Draft): void {
  d.setOperand(BigInt(d.random.pick(SELECTORS)), 16);
  if (d.e.form.mnemonic === 'arpl') d.setRegister(d.e.reg, BigInt(d.random.pick(SELECTORS)), 16);
}

function popSegment(d: Draft): void {
  d.setStack(littleEndian((d.random.u64() & ~0xffffn) | BigInt(d.random.pick(SELECTORS)), 8));
}

/** A far pointer to a code segment; all of them start at 0. */
function farTarget(d: Draft): { offset: bigint; selector: number } {
  const selector = d.random.pick(CODE_SELECTORS);
  const linear = d.codeTarget();
  return { offset: linear, selector };
}

function far(d: Draft): void {
  const size = d.e.operandSize;
  const { offset, selector } =
    d.e.form.mnemonic === 'load-far' ? { offset: d.random.u64(), selector: d.random.pick(SELECTORS) } : farTarget(d);
  if (d.e.form.immediates[0] === 'ap') {
    d.e.immediates[0] = offset;
    d.e.farSelector = selector;
  } else d.operand = Uint8Array.from([...littleEndian(offset, size / 8), ...littleEndian(BigInt(selector), 2)]);
}

function farCall(d: Draft): void {
  // Never beyond 4 GiB: into 32-bit code the host pushes with a 32-bit stack pointer already, which the manual does not say.
  d.gpr[RSP] = BigInt(d.stackAddress());
  d.fixed.add(RSP);
  far(d);
}

function farReturn(d: Draft): void {
  const { random } = d;
  const size = d.e.operandSize / 8;
  const { offset, selector } = farTarget(d);
  const frame = [offset, BigInt(selector) | (random.u64() & ~0xffffn)];
  if (d.e.form.mnemonic === 'iret') {
    frame.push(flagsImage(d));
    if (d.e.mode === 64)
      frame.push(BigInt(d.stackAddress()), random.chance(0.8) ? 0x2bn : BigInt(random.pick(SELECTORS)));
  }
  // The whole frame is ours, or missing: with AC in RFLAGS from elsewhere, the host's IRET ends in an alignment check that
  // Linux takes for a split lock and restarts, for ever.
  const inside = L.DATA + 0x200 + random.below(0x1000);
  const address = d.e.form.mnemonic !== 'iret' ? d.stackAddress() : random.chance(0.95) ? inside : L.DATA - 0x100;
  d.gpr[RSP] = BigInt(address);
  d.fixed.add(RSP);
  const bytes = Uint8Array.from(frame.flatMap((value) => [...littleEndian(value, size)]));
  for (let i = 0; i < bytes.length; i += L.PATCH_BYTES) d.patch(address + i, bytes.slice(i, i + L.PATCH_BYTES));
  if (d.e.immediates.length) d.e.immediates[0] = BigInt(random.below(64));
}

/** What BEXTR, BZHI and the shifts with three operands take from VEX.vvvv: numbers of bits around the width. */
function select(d: Draft): void {
  const { random } = d;
  const near = () => BigInt(random.chance(0.8) ? random.below(70) : random.below(256));
  if (random.chance(0.9)) d.setRegister(vexRegister(d.e), (random.u64() & ~0xffffn) | (near() << 8n) | near(), 64);
}

export const SETUPS: Readonly<Record<string, (draft: Draft) => void>> = {
  ...SSE_SETUPS,
  count,
  select,
  divide,
  bit,
  scan,
  compare,
  compare8,
  xlat,
  stack: (d) => d.setStack(),
  flags,
  enter,
  leave: enter,
  string,
  target,
  call,
  return: returnNear,
  loop,
  vector,
  bound,
  selector,
  'pop-segment': popSegment,
  far,
  'far-call': farCall,
  'far-return': farReturn,
  ...X87_SETUPS,
};
