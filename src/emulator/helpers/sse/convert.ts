/** Conversions of SSE and SSE2. Intel SDM volume 1, sections 10.4.3 and 11.4.1.6; volume 2, CVTxxx. */
import type { Cpu } from '../../cpu/cpu.ts';
import { convert, fromInteger, toInteger } from '../../float/convert.ts';
import { BINARY32, BINARY64, type Format, pack } from '../../float/format.ts';
import { roundTo } from '../../float/round.ts';
import type { Instruction } from '../../isa/instruction.ts';
import { lanesOf, vectorOf } from '../../wasm/lanes.ts';
import { type HelperTable, readOperand, writeOperand } from '../operands.ts';
import { takeOverX87 } from './integer.ts';
import { readVectorOperand, writeVectorOperand } from './operands.ts';
import { SseUnit } from './unit.ts';

type Width = 32 | 64;
const FORMAT: Record<Width, Format> = { 32: BINARY32, 64: BINARY64 };

/** With mmx registers among the operands. */
function withMmx(cpu: Cpu, i: Instruction, convertIt: () => void): void {
  const hasMmx = i.operands.some(({ kind }) => kind === 'mmx');
  convertIt();
  if (hasMmx) takeOverX87(cpu);
}
function floatToFloat(unit: SseUnit, bits: bigint, from: Width): bigint {
  const to = FORMAT[(96 - from) as Width];
  return unit.compute((env) => pack(to, convert(unit.operand(FORMAT[from], bits), to, env)));
}
/** @param bits of the integer */
function integerToFloat(unit: SseUnit, value: bigint, bits: Width, to: Width): bigint {
  return unit.compute((env) => pack(FORMAT[to], roundTo(fromInteger(BigInt.asIntN(bits, value)), FORMAT[to], env)));
}
/** What cannot be converted becomes the integer indefinite. */
function floatToInteger(unit: SseUnit, bits: bigint, from: Width, to: Width, truncates: boolean): bigint {
  const indefinite = 1n << BigInt(to - 1);
  return unit.compute((env) => toInteger(unit.operand(FORMAT[from], bits), to, env, truncates) ?? indefinite);
}

/** Converts `count` lanes; those of the result above them are zero, or as before where `keeps`. */
function packed(
  from: Width,
  to: Width,
  count: number,
  one: (unit: SseUnit, lane: bigint) => bigint,
  keeps = false,
): HelperTable[string] {
  return (cpu, i) =>
    withMmx(cpu, i, () => {
      const source = lanesOf(readVectorOperand(cpu, i, 1), from).slice(0, count);
      const unit = new SseUnit(cpu);
      const result = source.map((lane) => one(unit, lane));
      unit.settle();
      const rest = keeps ? lanesOf(readVectorOperand(cpu, i, 0), to).slice(count) : [];
      writeVectorOperand(cpu, i, 0, vectorOf([...result, ...rest], to));
    });
}
/** Of the first lane. */
const scalar = (from: Width, to: Width, one: (unit: SseUnit, lane: bigint) => bigint) => packed(from, to, 1, one, true);

function fromGeneral(to: Width): HelperTable[string] {
  return (cpu, i) => {
    const width = i.operandSize === 64 ? 64 : 32;
    const value = readOperand(cpu, i, 1);
    const unit = new SseUnit(cpu);
    const result = integerToFloat(unit, value, width, to);
    unit.settle();
    const rest = lanesOf(readVectorOperand(cpu, i, 0), to).slice(1);
    writeVectorOperand(cpu, i, 0, vectorOf([result, ...rest], to));
  };
}
function toGeneral(from: Width, truncates: boolean): HelperTable[string] {
  return (cpu, i) => {
    const width = i.operandSize === 64 ? 64 : 32;
    const bits = BigInt.asUintN(from, readVectorOperand(cpu, i, 1));
    const unit = new SseUnit(cpu);
    const result = floatToInteger(unit, bits, from, width, truncates);
    unit.settle();
    writeOperand(cpu, i, 0, result);
  };
}

export const sseConvertHelpers: HelperTable = {
  cvtss2sd: scalar(32, 64, (unit, lane) => floatToFloat(unit, lane, 32)),
  cvtsd2ss: scalar(64, 32, (unit, lane) => floatToFloat(unit, lane, 64)),
  cvtps2pd: packed(32, 64, 2, (unit, lane) => floatToFloat(unit, lane, 32)),
  cvtpd2ps: packed(64, 32, 2, (unit, lane) => floatToFloat(unit, lane, 64)),

  cvtdq2ps: packed(32, 32, 4, (unit, lane) => integerToFloat(unit, lane, 32, 32)),
  cvtdq2pd: packed(32, 64, 2, (unit, lane) => integerToFloat(unit, lane, 32, 64)),
  cvtpi2ps: packed(32, 32, 2, (unit, lane) => integerToFloat(unit, lane, 32, 32), true),
  cvtpi2pd: packed(32, 64, 2, (unit, lane) => integerToFloat(unit, lane, 32, 64)),
  cvtsi2ss: fromGeneral(32),
  cvtsi2sd: fromGeneral(64),

  ...Object.fromEntries(
    [false, true].flatMap((truncates): [string, HelperTable[string]][] => {
      const name = truncates ? 'cvtt' : 'cvt';
      const integers = (from: Width) => (unit: SseUnit, lane: bigint) =>
        floatToInteger(unit, lane, from, 32, truncates);
      return [
        [`${name}ps2dq`, packed(32, 32, 4, integers(32))],
        [`${name}pd2dq`, packed(64, 32, 2, integers(64))],
        [`${name}ps2pi`, packed(32, 32, 2, integers(32))],
        [`${name}pd2pi`, packed(64, 32, 2, integers(64))],
        [`${name}ss2si`, toGeneral(32, truncates)],
        [`${name}sd2si`, toGeneral(64, truncates)],
      ];
    }),
  ),
};
