/** Every variant of every description that the interpreter has a handler for. */
import { DEFINITIONS, type Definition, type Width } from '../semantics/index.ts';
import type { Operation } from './operation.ts';

/**
 * A description with everything fixed that the handler's code depends on. In `form`, `m` is memory with a 64-bit
 * address, `w` memory with a 32-bit address; both without a segment base. A string instruction's form is empty in flat
 * segments, and `s` in segments with base and limit.
 */
export interface Variant {
  key: string;
  definition: Definition;
  width: Width;
  sourceWidth: Width;
  form: string;
  /** 16: in a stack segment with base and limit; the others are flat. */
  stackWidth: 16 | 32 | 64;
  conditionCode: number;
  repeat: 'none' | 'rep' | 'repne';
}

function* variantsOf(definition: Definition): Generator<Variant> {
  const conditions = definition.conditional ? Array.from({ length: 16 }, (_, cc) => cc) : [-1];
  for (const width of definition.widths)
    for (const baseForm of definition.forms)
      for (const form of formsOf(definition, width, baseForm))
        for (const sourceWidth of definition.sourceWidths ?? [width])
          for (const stackWidth of stackWidthsOf(definition, width))
            for (const conditionCode of conditions)
              for (const repeat of definition.repeats ?? (['none'] as const)) {
                const parts = { definition, width, sourceWidth, form, stackWidth, conditionCode, repeat };
                yield { key: variantKey(parts), ...parts };
              }
}

function formsOf(definition: Definition, width: Width, form: string): string[] {
  if (definition.repeats) return width === 64 ? [form] : [form, SEGMENTED_STRING];
  if (definition.loadStep && form.includes('m')) return [];
  return form.includes('m') ? [form, form.replace('m', 'w')] : [form];
}
/** The form of an operation once a step has loaded its operand from memory. */
export function loadedForm({ definition, form }: Operation): string {
  const loaded = form.replace('m', 'x');
  return definition.forms.includes(loaded) ? loaded : form.replace('m', 'q');
}
/** Outside 64-bit mode there are no 64-bit operands. */
function stackWidthsOf({ stack }: Definition, width: Width): Variant['stackWidth'][] {
  if (!stack || width === 64) return [64];
  return [64, 32, 16];
}
export const SEGMENTED_STRING = 's';

export function variantKey(v: Omit<Variant, 'key'>): string {
  return `${v.definition.mnemonic}.${v.width}.${v.form}.${v.sourceWidth}.${v.stackWidth}.${v.conditionCode}.${v.repeat}`;
}
/** The key of the variant for an operation. @param form that of the variant */
export function operationKey(operation: Operation, form: string, stackWidth: Variant['stackWidth']): string {
  return variantKey({ ...operation, form, stackWidth: operation.definition.stack ? stackWidth : 64 });
}

export function allVariants(): Variant[] {
  return [...DEFINITIONS.values()].flatMap((definition) => [...variantsOf(definition)]);
}
