/** Control of the x87: words, stack pointer, exceptions, FWAIT. Intel SDM volume 2; volume 3, section 2.5 for CR0's part. */
import { GuestException, Vector } from '../../cpu/exceptions.ts';
import { Cr0 } from '../../cpu/state.ts';
import { Fsw } from '../../cpu/x87-state.ts';
import { type Helper, type HelperTable, readOperand, writeOperand } from '../operands.ts';
import { compute, control, raisePending } from './execution.ts';

/** Turns the stack, without a look at what it holds. */
function turn(by: 1 | -1): Helper {
  return compute((x) => {
    x.settle();
    x.state.top += by;
  });
}
function freeing(pops: boolean): Helper {
  return compute((x) => {
    const [operand] = x.instruction.operands;
    x.settle();
    x.free(operand?.kind === 'x87' ? operand.index : 0);
    if (pops) x.pop();
  });
}
/** Of the 8087 and 80287, without effect since. */
const obsolete = control(() => {});

export const x87Control: HelperTable = {
  fninit: control((x87) => x87.initialise()),
  fnclex: control((x87) => {
    x87.status &= ~(Fsw.EXCEPTIONS | Fsw.SF);
  }),
  fldcw: control((x87, cpu, i) => {
    x87.control = Number(readOperand(cpu, i, 0));
  }, true),
  fnstcw: control((x87, cpu, i) => writeOperand(cpu, i, 0, BigInt(x87.control))),
  fnstsw: control((x87, cpu, i) => writeOperand(cpu, i, 0, BigInt(x87.status))),
  fincstp: turn(1),
  fdecstp: turn(-1),
  ffree: freeing(false),
  ffreep: freeing(true),
  fnop: compute((x) => x.remember()),
  fneni: obsolete,
  fndisi: obsolete,
  fnsetpm: obsolete,
  fwait(cpu) {
    const both = Cr0.MP | Cr0.TS;
    if ((cpu.state.cr0 & both) === both) throw new GuestException(Vector.NM, 'fwait with CR0.MP and CR0.TS');
    raisePending(cpu);
  },
};
