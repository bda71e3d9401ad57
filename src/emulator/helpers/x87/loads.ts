/** FLD, FST, FILD, FIST, FISTTP, FXCH and FCMOVcc. Intel SDM volume 2. */

import { CF, PF, ZF } from '../../cpu/flags.ts';
import { convert, fromInteger, store, toInteger } from '../../float/convert.ts';
import { Flag } from '../../float/environment.ts';
import { BINARY32, BINARY64, DEFAULT_NAN, EXTENDED, encode, type Float, pack, unpack } from '../../float/format.ts';
import type { Instruction } from '../../isa/instruction.ts';
import { type Helper, type HelperTable, memoryOperand } from '../operands.ts';
import { compute, type Execution } from './execution.ts';
import { readMemory, writableMemory } from './memory.ts';

const FORMATS = new Map([
  [32, BINARY32],
  [64, BINARY64],
  [80, EXTENDED],
]);
function formatOf(i: Instruction) {
  return FORMATS.get(memoryOperand(i).width)!;
}
/** A memory operand as a number, floating-point or integer. @throws GuestException */
export function memoryNumber({ cpu, instruction }: Execution, isInteger: boolean): Float {
  const bits = readMemory(cpu, instruction);
  if (isInteger) return fromInteger(BigInt.asIntN(memoryOperand(instruction).width, bits));
  return unpack(formatOf(instruction), bits);
}
/** The first operand, if it is a register. */
function register(i: Instruction): number | null {
  const [first] = i.operands;
  return first?.kind === 'x87' ? first.index : null;
}

export function pushResult(x: Execution, value: Float): void {
  x.requireRoom();
  const pushed = x.result(() => value);
  if (x.settle()) x.push(pushed);
}
const load = compute((x) => {
  const i = register(x.instruction);
  if (i !== null || memoryOperand(x.instruction).width === 80) loadEncoding(x, i);
  else {
    const value = memoryNumber(x, false);
    x.requireRoom();
    const converted = x.result(() => convert(value, EXTENDED, x.env));
    // A denormal number is loaded even if DE is not masked.
    if (x.settle() || !(x.env.flags & Flag.IE)) x.push(converted);
  }
});
/** From a register or from 80 bits of memory: any encoding is moved as it is. */
function loadEncoding(x: Execution, i: number | null): void {
  const bits = i === null ? readMemory(x.cpu, x.instruction) : 0n;
  const encoding = i === null ? ([Number(bits >> 64n), BigInt.asUintN(64, bits)] as [number, bigint]) : x.encoding(i);
  x.requireRoom();
  if (i !== null) x.st(i);
  if (!x.settle()) return;
  x.push(DEFAULT_NAN);
  if (!x.hasStackFault) x.setEncoding(0, encoding);
}

/** D9 D8+i, in no manual: as FSTP, but an empty register is no exception and goes nowhere. */
const storingSilently = compute((x) => {
  const encoding = x.isEmpty(0) ? null : x.encoding(0);
  x.settle();
  if (encoding) x.setEncoding(register(x.instruction) ?? 0, encoding);
  x.pop();
});
function storing(pops: boolean): Helper {
  return compute((x) => {
    const i = register(x.instruction);
    if (i === null) {
      if (!storeToMemory(x)) return;
    } else {
      x.st(0);
      const encoding = x.hasStackFault ? encode(EXTENDED, DEFAULT_NAN) : x.encoding(0);
      if (!x.settle()) return;
      x.setEncoding(i, encoding);
    }
    if (pops) x.pop();
  });
}
function storeToMemory(x: Execution): boolean {
  const { env, instruction } = x;
  const format = formatOf(instruction);
  const own = x.st(0);
  const isMove = format === EXTENDED && !x.hasStackFault;
  const value = isMove ? own : x.result(() => store(own, format, env));
  const write = writableMemory(x.cpu, instruction);
  if (!x.settle() || env.flags & ~env.masked & (Flag.OE | Flag.UE)) return false;
  const [signAndExponent, significand] = x.encoding(0);
  write(isMove ? (BigInt(signAndExponent) << 64n) | significand : pack(format, value));
  return true;
}
function storingInteger(pops: boolean, truncates = false): Helper {
  return compute((x) => {
    const { width } = memoryOperand(x.instruction);
    const own = x.st(0);
    // What cannot be stored becomes the integer indefinite.
    const value = x.hasStackFault ? null : toInteger(own, width, x.env, truncates);
    if (truncates) x.env.roundedUp = false;
    const write = writableMemory(x.cpu, x.instruction);
    if (!x.settle()) return;
    write(value ?? 1n << BigInt(width - 1));
    if (pops) x.pop();
  });
}

function moveIf(holds: (rflags: number) => boolean): Helper {
  return compute((x) => {
    const source = x.instruction.operands[1];
    const i = source?.kind === 'x87' ? source.index : 0;
    x.st(0);
    x.st(i);
    x.keepC1();
    if (!x.settle()) return;
    if (x.hasStackFault) x.set(0, DEFAULT_NAN);
    else if (holds(x.cpu.state.rflags)) x.setEncoding(0, x.encoding(i));
  });
}

export const x87Loads: HelperTable = {
  fld: load,
  fst: storing(false),
  fstp: storing(true),
  fstpnce: storingSilently,
  fild: compute((x) => pushResult(x, memoryNumber(x, true))),
  fist: storingInteger(false),
  fistp: storingInteger(true),
  fisttp: storingInteger(true, true),
  fxch: compute((x) => {
    const i = register(x.instruction) ?? 1;
    const nan = encode(EXTENDED, DEFAULT_NAN);
    const own = x.isEmpty(0) ? nan : x.encoding(0);
    const other = x.isEmpty(i) ? nan : x.encoding(i);
    x.st(0);
    x.st(i);
    if (!x.settle()) return;
    x.setEncoding(0, other);
    x.setEncoding(i, own);
  }),
  fcmovb: moveIf((flags) => (flags & CF) !== 0),
  fcmove: moveIf((flags) => (flags & ZF) !== 0),
  fcmovbe: moveIf((flags) => (flags & (CF | ZF)) !== 0),
  fcmovu: moveIf((flags) => (flags & PF) !== 0),
  fcmovnb: moveIf((flags) => (flags & CF) === 0),
  fcmovne: moveIf((flags) => (flags & ZF) === 0),
  fcmovnbe: moveIf((flags) => (flags & (CF | ZF)) === 0),
  fcmovnu: moveIf((flags) => (flags & PF) === 0),
};
