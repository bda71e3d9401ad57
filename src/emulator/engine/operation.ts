/** Which description of an instruction applies, and to operands of which kind and width. */
import type { Instruction, Operand } from '../isa/instruction.ts';
import { DEFINITIONS, type Definition, type Width } from '../semantics/index.ts';

export interface Operation {
  definition: Definition;
  width: Width;
  sourceWidth: Width;
  /** Operand kinds as in `Definition.forms`. */
  form: string;
  conditionCode: number;
  repeat: 'none' | 'rep' | 'repne';
}

const KIND: Partial<Record<Operand['kind'], string>> = {
  gpr: 'r',
  xmm: 'x',
  mmx: 'q',
  memory: 'm',
  immediate: 'i',
  relative: 'j',
};

/** The description that an instruction has, or `null` if plain TypeScript carries it out. */
export function resolveOperation(instruction: Instruction): Operation | null {
  let operation = resolved.get(instruction);
  if (operation === undefined) {
    operation = resolve(instruction);
    resolved.set(instruction, operation);
  }
  return operation;
}
/** Decoded instructions are executed many times. */
const resolved = new WeakMap<Instruction, Operation | null>();
function resolve(instruction: Instruction): Operation | null {
  const { operands } = instruction;
  let form = '';
  for (const operand of operands) {
    const kind = KIND[operand.kind];
    if (!kind) return null;
    form += kind;
  }
  const definition = DEFINITIONS.get(descriptionName(instruction.mnemonic, form));
  if (!definition) return null;
  if (definition.repeats) form = '';
  if (!definition.forms.includes(form)) return null;
  const width = operationWidth(definition, instruction);
  if (!definition.widths.includes(width)) return null;
  const source = operands[1];
  const sourceWidth = definition.sourceWidths && source && 'width' in source ? (source.width as Width) : width;
  if (definition.sourceWidths && !definition.sourceWidths.includes(sourceWidth)) return null;
  return {
    definition,
    width,
    sourceWidth,
    form,
    conditionCode: definition.conditional ? instruction.condition : -1,
    repeat: definition.repeats ? instruction.repeat : 'none',
  };
}

/** Where one mnemonic has several descriptions, the operands tell which. */
function descriptionName(mnemonic: string, form: string): string {
  switch (mnemonic) {
    case 'imul':
      return form.length === 1 ? 'imul' : `imul${form.length}`;
    case 'jmp':
    case 'call':
      return form === 'j' ? mnemonic : `${mnemonic}.indirect`;
    case 'ret':
      return form === '' ? 'ret' : 'ret.release';
    case 'bt':
    case 'bts':
    case 'btr':
    case 'btc':
      return form === 'mr' ? `${mnemonic}.string` : mnemonic;
    default:
      return mnemonic;
  }
}

function operationWidth(definition: Definition, instruction: Instruction): Width {
  if (definition.widths.length === 1) return definition.widths[0]!;
  if (definition.repeats) return instruction.elementWidth ?? instruction.operandSize;
  const first = instruction.operands[0];
  if (first && (first.kind === 'gpr' || first.kind === 'memory') && definition.widths.includes(first.width as Width))
    return first.width as Width;
  return instruction.operandSize;
}
