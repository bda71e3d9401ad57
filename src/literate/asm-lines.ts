/**
 * Source lines of assembly. `global_asm!` gives its code symbols but no lines in the debug information, so the kernel
 * is built once more with a label in front of each instruction: the symbol table then has every line's address. Labels
 * take no room; the caller checks that the code is the same to the byte.
 */

import type { TangledFile } from './tangle.ts';

const LINE = '__line_';
const GAP = '__gap_';
const LABELS = /^(?:\s*[\w.$]+:(?!:))*\s*/;
const REPEATED = /^\.(macro|rept|irpc?)\b/;
const REPEATED_END = /^\.(endm|endr)\b/;

export function isAssembly(path: string): boolean {
  return /\.(s|S|asm)$/.test(path);
}

/**
 * The file's text with a label before each instruction and each directive.
 *
 * @param index distinguishes the file's labels from those of other files
 */
export function labelLines(file: TangledFile, index: number): string {
  let repeated = 0;
  const lines = file.lines.map(({ text }, at) => {
    const statement = withoutComment(text.replace(LABELS, ''));
    const inside = repeated > 0;
    if (REPEATED.test(statement)) repeated++;
    if (REPEATED_END.test(statement)) repeated--;
    if (inside || statement === '') return text;
    const directive = statement.startsWith('.') || /^[\w.$]+\s*=/.test(statement);
    return `${directive ? GAP : LINE}${index}_${at + 1}: ${text}`;
  });
  return `${lines.join('\n')}\n${GAP}${index}_end:\n`;
}

export interface LabelledRange {
  /** Hexadecimal, without prefix. */
  address: string;
  /** In bytes. */
  length: number;
  /** As given to `labelLines`. */
  index: number;
  /** 1-based. */
  line: number;
}

/**
 * The ranges that the labels of `labelLines` mark.
 *
 * @param symbols ascending by address; a label's size reaches to the next symbol
 */
export function readLabels(symbols: readonly { name: string; address: string; size: number }[]): LabelledRange[] {
  return symbols.flatMap(({ name, address, size }): LabelledRange[] => {
    const match = /^__line_(\d+)_(\d+)$/.exec(name);
    return match && size > 0 ? [{ address, length: size, index: Number(match[1]), line: Number(match[2]) }] : [];
  });
}

function withoutComment(text: string): string {
  return text
    .replace(/\/\*.*?\*\//g, ' ')
    .replace(/\s*(#|\/\/).*$/, '')
    .trim();
}
