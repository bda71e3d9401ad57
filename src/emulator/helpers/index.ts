/** All helpers by mnemonic, and how one is carried out. */
import type { Cpu } from '../cpu/cpu.ts';
import { Unsupported } from '../cpu/exceptions.ts';
import { checkVirtualInterrupts } from '../cpu/virtual-interrupts.ts';
import { type Instruction, nextAddress } from '../isa/instruction.ts';
import { bitFieldHelpers } from './bit-fields.ts';
import { cacheHelpers } from './caches.ts';
import { controlRegisterHelpers } from './control-registers.ts';
import { descriptorTableHelpers } from './descriptor-tables.ts';
import { fxsaveHelpers } from './extended-state/fxsave.ts';
import { xsaveHelpers } from './extended-state/xsave.ts';
import { farReturnHelpers } from './far-returns.ts';
import { farTransferHelpers } from './far-transfers.ts';
import { flagHelpers } from './flags.ts';
import { integerHelpers } from './integer.ts';
import { memoryRightHelpers } from './memory-rights.ts';
import type { Helper, HelperTable } from './operands.ts';
import { portHelpers } from './port-io.ts';
import { randomNumberHelpers } from './random-numbers.ts';
import { segmentBaseHelpers } from './segment-bases.ts';
import { softwareInterruptHelpers } from './software-interrupts.ts';
import { sseHelpers } from './sse/index.ts';
import { stackHelpers } from './stack.ts';
import { systemHelpers } from './system.ts';
import { systemCallHelpers } from './system-calls.ts';
import { x87Helpers } from './x87/index.ts';

interface Entry {
  helper: Helper;
  /** Sets the instruction pointer itself. */
  transfers: boolean;
}
const TRANSFERS: HelperTable = {
  ...farTransferHelpers,
  ...farReturnHelpers,
  ...softwareInterruptHelpers,
  ...systemCallHelpers,
  ins: portHelpers.ins!,
  outs: portHelpers.outs!,
};
const OTHERS: HelperTable = {
  ...stackHelpers,
  ...flagHelpers,
  ...integerHelpers,
  ...bitFieldHelpers,
  ...randomNumberHelpers,
  ...cacheHelpers,
  ...controlRegisterHelpers,
  ...descriptorTableHelpers,
  ...systemHelpers,
  ...sseHelpers,
  ...x87Helpers,
  ...fxsaveHelpers,
  ...xsaveHelpers,
  ...memoryRightHelpers,
  ...segmentBaseHelpers,
  in: portHelpers.in!,
  out: portHelpers.out!,
};
const HELPERS = new Map<string, Entry>([
  ...Object.entries(TRANSFERS).map(([name, helper]): [string, Entry] => [name, { helper, transfers: true }]),
  ...Object.entries(OTHERS).map(([name, helper]): [string, Entry] => [name, { helper, transfers: false }]),
]);

export function hasHelper(mnemonic: string): boolean {
  return HELPERS.has(mnemonic);
}
/**
 * Carries out an instruction and moves the instruction pointer on.
 * @throws GuestException, Frozen or Unsupported, with nothing written; but for what a transfer finds where it leads, at the
 * instruction there
 */
export function executeHelper(cpu: Cpu, instruction: Instruction): void {
  const entry = HELPERS.get(instruction.mnemonic);
  if (!entry) throw new Unsupported(`instruction ${instruction.mnemonic}`);
  const next = nextAddress(instruction);
  entry.helper(cpu, instruction);
  if (entry.transfers) checkVirtualInterrupts(cpu);
  else cpu.jump(next);
}
