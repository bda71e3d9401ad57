/** COMISS, UCOMISS and those of doubles: a comparison in RFLAGS. Intel SDM volume 2, COMISD. */
import type { Cpu } from '../../cpu/cpu.ts';
import { ARITHMETIC, CF, PF, ZF } from '../../cpu/flags.ts';
import { compare, type Relation } from '../../float/compare.ts';
import { BINARY32, BINARY64, type Format } from '../../float/format.ts';
import type { Instruction } from '../../isa/instruction.ts';
import type { HelperTable } from '../operands.ts';
import { readVectorOperand } from './operands.ts';
import { SseUnit } from './unit.ts';

const FLAGS: Record<Relation, number> = { less: CF, equal: ZF, greater: 0, unordered: ZF | PF | CF };

function compareScalars(cpu: Cpu, i: Instruction, format: Format, width: 32 | 64, isQuiet: boolean): void {
  const b = BigInt.asUintN(width, readVectorOperand(cpu, i, 1));
  const a = BigInt.asUintN(width, readVectorOperand(cpu, i, 0));
  const unit = new SseUnit(cpu);
  const relation = unit.compute((env) => compare(unit.operand(format, a), unit.operand(format, b), isQuiet, env));
  unit.settle();
  cpu.state.rflags = (cpu.state.rflags & ~ARITHMETIC) | FLAGS[relation];
}

export const sseCompareHelpers: HelperTable = {
  comiss: (cpu, i) => compareScalars(cpu, i, BINARY32, 32, false),
  comisd: (cpu, i) => compareScalars(cpu, i, BINARY64, 64, false),
  ucomiss: (cpu, i) => compareScalars(cpu, i, BINARY32, 32, true),
  ucomisd: (cpu, i) => compareScalars(cpu, i, BINARY64, 64, true),
};
