import { FORMS } from './opcode-map.ts';

/**
 * Every mnemonic that `decode` can give, sorted: the keys under which semantics are found.
 *
 * They are the manual's, with these conventions:
 * - the condition is no part of the name: `jcc`, `setcc`, `cmovcc` (see `Instruction.condition`);
 * - neither is the size: `cbw` is cbw, cwde and cdqe; `cwd` is cwd, cdq and cqo; `movs`, `cmps`, `scas`, `lods`,
 *   `stos`, `ins`, `outs` have `elementWidth`; `pusha`, `popa`, `pushf`, `popf`, `iret`, `retf`, `sysret` and `sysexit` go by
 *   `operandSize`; `jcxz`, `loop`, `loope`, `loopne` count in cx, ecx or rcx by `addressSize`;
 * - `movsx` is also movsxd: with an operand size of 16 or 32 its operands have the same width;
 * - `jmp`, `call`, `ret` are near, `jmpf`, `callf`, `retf` far, through memory or with the address in the instruction;
 * - `mov` also moves from and to segment, control and debug registers, told by the kind of its operands;
 * - `shl` is also sal; `test` is also F6 /1 and F7 /1; shifts and rotates always list their count (cl or an immediate);
 * - `imul` has one, two or three operands;
 * - `nop` is 90 without REX.B (xchg eax,eax) and all hints that do nothing, with their operand.
 */
export const MNEMONICS: readonly string[] = [...new Set(FORMS.map((form) => form.mnemonic))].sort();
