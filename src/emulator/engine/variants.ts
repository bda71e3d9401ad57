/** Every variant of every description that the interpreter has a handler for. */
import { DEFINITIONS, type Definition, type Width } from '../semantics/index.ts';
import type { Operation } from './operation.ts';

/**
 * A description with everything fixed that the handler's code depends on. In `form`, `m` is memory with a 64-bit
 * address, `w` memory with a 32-bit address; both without a segment base.
 */
export interface Variant {
  key: string;
  definition: Definition;
  width: Width;
  sourceWidth: Width;
  form: string;
  stackWidth: 32 | 64;
  conditionCode: number;
  repeat: 'none' | 'rep' | 'repne';
}

function* variantsOf(definition: Definition): Generator<Variant> {
  const conditions = definition.conditional ? Array.from({ length: 16 }, (_, cc) => cc) : [-1];
  for (const width of definition.widths)
    for (const baseForm of definition.forms)
      for (const form of baseForm.includes('m') ? [baseForm, baseForm.replace('m', 'w')] : [baseForm])
        for (const sourceWidth of definition.sourceWidths ?? [width])
          for (const stackWidth of definition.stack ? ([64, 32] as const) : ([64] as const))
            for (const conditionCode of conditions)
              for (const repeat of definition.repeats ?? (['none'] as const)) {
                const parts = { definition, width, sourceWidth, form, stackWidth, conditionCode, repeat };
                yield { key: variantKey(parts), ...parts };
              }
}

export function variantKey(v: Omit<Variant, 'key'>): string {
  return `${v.definition.mnemonic}.${v.width}.${v.form}.${v.sourceWidth}.${v.stackWidth}.${v.conditionCode}.${v.repeat}`;
}
/** The key of the variant for an operation. */
export function operationKey(operation: Operation, memory: 'm' | 'w', stackWidth: 32 | 64): string {
  return variantKey({
    ...operation,
    form: memory === 'w' ? operation.form.replace('m', 'w') : operation.form,
    stackWidth: operation.definition.stack ? stackWidth : 64,
  });
}

export function allVariants(): Variant[] {
  return [...DEFINITIONS.values()].flatMap((definition) => [...variantsOf(definition)]);
}
