import { compileOperand, compileWidth, type OperandReader } from './operands.ts';
import { BIT_FIELDS } from './tables/bit-fields.ts';
import { PACKED_INTEGER } from './tables/mmx.ts';
import { ONE_BYTE } from './tables/one-byte.ts';
import type { Row } from './tables/row.ts';
import { SSE } from './tables/sse.ts';
import { SYSTEM } from './tables/system.ts';
import { TWO_BYTE } from './tables/two-byte.ts';
import { X87 } from './tables/x87.ts';

const ROWS: readonly Row[] = [...ONE_BYTE, ...TWO_BYTE, ...BIT_FIELDS, ...SYSTEM, ...X87, ...PACKED_INTEGER, ...SSE];

const MAP_NAMES = ['', '0F', '0F 38', '0F 3A', 'VEX 0F', 'VEX 0F 38', 'VEX 0F 3A'] as const;
export type MapName = (typeof MAP_NAMES)[number];
export type MandatoryPrefix = 'NP' | '66' | 'F3' | 'F2';

/** A row compiled for one opcode: one way to read an instruction. */
export interface Form {
  mnemonic: string;
  condition: number;
  operands: readonly OperandReader[];
  /** Operands that the instruction has but does not encode (string instructions), in the tables' notation. */
  implicit: readonly string[];
  elementWidth: ((e: Parameters<OperandReader>[0]) => number) | null;
  prefix: MandatoryPrefix | 'any';
  rexW: boolean;
  /** The ModRM byte that belongs to the opcode, or -1. */
  exactModrm: number;
  /** An operand stands in VEX.vvvv. */
  usesVvvv: boolean;
  has: ReadonlySet<string>;
}

/** What stands at one opcode byte of one map. */
export interface Slot {
  hasModrm: boolean;
  /** By `(mod === 3 ? 8 : 0) + reg` where there is a ModRM byte, otherwise by 0: the best fit first. */
  forms: Form[][];
}

const ATTRIBUTES = new Set('i64 o64 d64 f64 lock string address mod3 norexb'.split(' '));
const MODRM_METHODS = /^[CDEGMNPQRSTUVW][a-z]?/;
const FIXED_NAMES = /^(ES|CS|SS|DS|FS|GS|ST|DX|CL|AL|AX|XMM0|1|rAX|eAX)$/;

const usesModrm = (operand: string) => !FIXED_NAMES.test(operand) && MODRM_METHODS.test(operand);

interface Opcode {
  map: MapName;
  byte: number;
  /** Number of opcodes that the row stands for, and what their low bits are. */
  count: number;
  suffix: '' | 'r' | 'cc';
  prefix: MandatoryPrefix | 'any';
  rexW: boolean;
  digit: number;
  modrm: number[];
}

function parseOpcode(text: string): Opcode {
  const match =
    /^(VEX\.LZ\.(?=NP|66|F3|F2))?(?:(NP|66|F3|F2) (?=[0-9A-F]{2}|REX))?(REX\.W )?(0F (?:38 |3A )?)?([0-9A-F]{2})(?:\+(r|cc))?(?: \/([0-7])| ([0-9A-F]{2})(\+i)?)?$/.exec(
      text,
    );
  if (!match) throw new Error(`opcode "${text}" is not in the notation of the tables`);
  const [, vex, prefix, rexW, map, byte, suffix, digit, modrm, run] = match;
  const first = modrm === undefined ? -1 : Number.parseInt(modrm, 16);
  return {
    map: `${vex ? 'VEX ' : ''}${map?.trim() ?? ''}` as MapName,
    byte: Number.parseInt(byte!, 16),
    count: suffix === 'r' ? 8 : suffix === 'cc' ? 16 : 1,
    suffix: (suffix ?? '') as Opcode['suffix'],
    prefix: (prefix ?? 'any') as Opcode['prefix'],
    rexW: rexW !== undefined,
    digit: digit === undefined ? -1 : Number(digit),
    modrm: first < 0 ? [] : Array.from({ length: run ? 8 : 1 }, (_, i) => first + i),
  };
}

/** Values of `(mod === 3 ? 8 : 0) + reg` under which a form is found. */
function buckets(opcode: Opcode, operands: readonly string[], has: ReadonlySet<string>, exact: number): number[] {
  if (exact >= 0) return [8 + ((exact >> 3) & 7)];
  const methods = operands.filter(usesModrm).map((o) => o[0]!);
  const memory = !operands.some((o) => usesModrm(o) && /^[NRTU]\w*$/.test(o)) || has.has('mod3');
  const register = !methods.includes('M');
  const regs = opcode.digit >= 0 ? [opcode.digit] : [0, 1, 2, 3, 4, 5, 6, 7];
  return [...(memory ? regs : []), ...(register ? regs.map((r) => r + 8) : [])];
}

/** How narrowly a form is defined: the narrowest that fits is taken. */
function narrowness(form: Form): number {
  const count = (yes: boolean, weight: number) => (yes ? weight : 0);
  return (
    count(form.exactModrm >= 0, 16) +
    count(form.prefix !== 'any', 8) +
    count(form.rexW, 4) +
    count(form.has.has('norexb'), 2)
  );
}

function slotAt(map: (Slot | undefined)[], byte: number, hasModrm: boolean): Slot {
  const slot = map[byte] ?? { hasModrm, forms: Array.from({ length: 16 }, () => []) };
  map[byte] = slot;
  return slot;
}

function build(rows: readonly Row[]): { slots: Map<MapName, (Slot | undefined)[]>; forms: Form[] } {
  const slots = new Map<MapName, (Slot | undefined)[]>();
  for (const map of MAP_NAMES) slots.set(map, new Array(256).fill(undefined));
  const forms: Form[] = [];
  for (const [text, mnemonic, operandText = '', attributeText = ''] of rows) {
    const opcode = parseOpcode(text);
    const operands = operandText === '' ? [] : operandText.split(',');
    const has = new Set(attributeText.split(' ').filter((a) => a !== ''));
    for (const attribute of has) if (!ATTRIBUTES.has(attribute)) throw new Error(`${text}: attribute "${attribute}"`);
    const hasModrm = opcode.digit >= 0 || opcode.modrm.length > 0 || operands.some(usesModrm);
    const readers = has.has('string') ? [] : operands.map((o, i) => compileOperand(o, i > 0 ? operands[0] : undefined));
    for (let i = 0; i < opcode.count; i++) {
      const byte = opcode.byte + i;
      const slot = slotAt(slots.get(opcode.map)!, byte, hasModrm);
      if (slot.hasModrm !== hasModrm) throw new Error(`${text}: opcodes with and without ModRM in one place`);
      for (const exactModrm of opcode.modrm.length > 0 ? opcode.modrm : [-1]) {
        const form: Form = {
          mnemonic,
          condition: opcode.suffix === 'cc' ? i : -1,
          operands: readers,
          implicit: has.has('string') ? operands : [],
          elementWidth: elementWidth(mnemonic, operands, has),
          prefix: opcode.prefix,
          rexW: opcode.rexW,
          exactModrm,
          usesVvvv: operands.some((operand) => operand.startsWith('B')),
          has,
        };
        forms.push(form);
        const places = hasModrm ? buckets(opcode, operands, has, exactModrm) : [0];
        for (const place of places) slot.forms[place]!.push(form);
      }
    }
  }
  for (const map of slots.values())
    for (const slot of map) for (const list of slot?.forms ?? []) list.sort((a, b) => narrowness(b) - narrowness(a));
  return { slots, forms };
}

function elementWidth(mnemonic: string, operands: readonly string[], has: ReadonlySet<string>): Form['elementWidth'] {
  if (has.has('string')) return compileWidth(operands.find((o) => /^[XY]/.test(o))!);
  if (mnemonic === 'in') return compileWidth(operands[0]!);
  if (mnemonic === 'out') return compileWidth(operands[1]!);
  return null;
}

const built = build(ROWS);

/** The opcode maps (Intel SDM vol. 2, appendix A), each with 256 places. */
export const OPCODE_MAPS: ReadonlyMap<MapName, readonly (Slot | undefined)[]> = built.slots;

/** Every form of every opcode. */
export const FORMS: readonly Form[] = built.forms;

/** Implicit operands of the string instructions by mnemonic, in the tables' notation without types. */
export const IMPLICIT_OPERANDS: ReadonlyMap<string, readonly string[]> = new Map(
  FORMS.filter((f) => f.implicit.length > 0).map((f) => [
    f.mnemonic,
    f.implicit.map((o) => (/^[XY]/.test(o) ? o[0]! : o === 'DX' ? 'DX' : 'rAX')),
  ]),
);
