/** FCOM, FUCOM, FICOM, FCOMI, FUCOMI with their popping forms; FTST, FXAM. Intel SDM volume 2. */
import { ARITHMETIC, CF, PF, ZF } from '../../cpu/flags.ts';
import { Fsw } from '../../cpu/x87-state.ts';
import { compare, type Relation } from '../../float/compare.ts';
import { type Float, zero } from '../../float/format.ts';
import type { Helper, HelperTable } from '../operands.ts';
import { compute, type Execution } from './execution.ts';
import { memoryNumber } from './loads.ts';

const { C0, C2, C3 } = Fsw;
const CONDITIONS: Record<Relation, number> = { greater: 0, less: C0, equal: C3, unordered: C0 | C2 | C3 };
const RFLAGS: Record<Relation, number> = { greater: 0, less: CF, equal: ZF, unordered: CF | PF | ZF };

interface Comparison {
  isQuiet?: boolean;
  /** Registers popped afterwards. */
  pops?: 0 | 1 | 2;
  /** Compares with an integer in memory. */
  isInteger?: boolean;
}
function relate(x: Execution, other: () => Float, isQuiet: boolean): Relation {
  const own = x.st(0);
  const second = other();
  return x.hasStackFault ? 'unordered' : compare(own, second, isQuiet, x.env);
}
/** The last operand, or ST(1) where there is none. */
function secondOperand(x: Execution, isInteger: boolean): Float {
  const last = x.instruction.operands.at(-1);
  if (last?.kind === 'memory') return memoryNumber(x, isInteger);
  return x.st(last?.kind === 'x87' ? last.index : 1);
}

/** C0, C2 and C3 tell. */
function toConditions({ isQuiet = false, pops = 0, isInteger = false }: Comparison): Helper {
  return compute((x) => {
    const second = secondOperand(x, isInteger);
    x.conditions = CONDITIONS[relate(x, () => second, isQuiet)];
    if (x.settle()) for (let n = 0; n < pops; n++) x.pop();
  });
}
/** ZF, PF and CF tell. */
function toRflags({ isQuiet = false, pops = 0 }: Comparison): Helper {
  return compute((x) => {
    const relation = relate(x, () => secondOperand(x, false), isQuiet);
    x.keepC1();
    const isDone = x.settle();
    x.cpu.state.rflags = (x.cpu.state.rflags & ~ARITHMETIC) | RFLAGS[relation];
    if (isDone) for (let n = 0; n < pops; n++) x.pop();
  });
}

/** Class of ST(0) by C3, C2 and C0. */
function classOf(x: Execution): number {
  if (x.isEmpty(0)) return C3 | C0;
  const { kind, isDenormal } = x.peek(0);
  switch (kind) {
    case 'unsupported':
      return 0;
    case 'quiet':
    case 'signalling':
      return C0;
    case 'finite':
      return isDenormal ? C3 | C2 : C2;
    case 'infinity':
      return C2 | C0;
    case 'zero':
      return C3;
  }
}

export const x87Comparison: HelperTable = {
  fcom: toConditions({}),
  fcomp: toConditions({ pops: 1 }),
  fcompp: toConditions({ pops: 2 }),
  fucom: toConditions({ isQuiet: true }),
  fucomp: toConditions({ isQuiet: true, pops: 1 }),
  fucompp: toConditions({ isQuiet: true, pops: 2 }),
  ficom: toConditions({ isInteger: true }),
  ficomp: toConditions({ isInteger: true, pops: 1 }),
  fcomi: toRflags({}),
  fcomip: toRflags({ pops: 1 }),
  fucomi: toRflags({ isQuiet: true }),
  fucomip: toRflags({ isQuiet: true, pops: 1 }),
  ftst: compute((x) => {
    x.conditions = CONDITIONS[relate(x, () => zero(false), false)];
    x.settle();
  }),
  fxam: compute((x) => {
    x.conditions = classOf(x);
    x.c1 = x.peek(0).negative;
    x.settle();
  }),
};
