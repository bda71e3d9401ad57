/** All helpers by mnemonic, and how one is carried out. */
import type { Cpu } from '../cpu/cpu.ts';
import { Unsupported } from '../cpu/exceptions.ts';
import { type Instruction, nextAddress } from '../isa/instruction.ts';
import { controlRegisterHelpers } from './control-registers.ts';
import { descriptorTableHelpers } from './descriptor-tables.ts';
import { farTransferHelpers } from './far-transfers.ts';
import { integerHelpers } from './integer.ts';
import type { Helper, HelperTable } from './operands.ts';
import { portHelpers } from './port-io.ts';
import { stackHelpers } from './stack.ts';
import { systemHelpers } from './system.ts';
import { systemCallHelpers } from './system-calls.ts';

/** Those that set the instruction pointer themselves. */
const TRANSFERS: HelperTable = {
  ...farTransferHelpers,
  ...systemCallHelpers,
  ins: portHelpers.ins!,
  outs: portHelpers.outs!,
};
const OTHERS: HelperTable = {
  ...stackHelpers,
  ...integerHelpers,
  ...controlRegisterHelpers,
  ...descriptorTableHelpers,
  ...systemHelpers,
  in: portHelpers.in!,
  out: portHelpers.out!,
};
const HELPERS = new Map<string, Helper>(Object.entries({ ...TRANSFERS, ...OTHERS }));

export function hasHelper(mnemonic: string): boolean {
  return HELPERS.has(mnemonic);
}
/**
 * Carries out an instruction and moves the instruction pointer on.
 * @throws GuestException or Unsupported, with nothing written
 */
export function executeHelper(cpu: Cpu, instruction: Instruction): void {
  const helper = HELPERS.get(instruction.mnemonic);
  if (!helper) throw new Unsupported(`instruction ${instruction.mnemonic}`);
  const next = nextAddress(instruction);
  helper(cpu, instruction);
  if (!(instruction.mnemonic in TRANSFERS)) cpu.jump(next);
}
