import { Encoding } from './encoding.ts';
import {
  type CodeSize,
  DecodeError,
  type Instruction,
  type Operand,
  type OperandSize,
  SEGMENTS,
  type SegmentName,
} from './instruction.ts';
import { readMemory } from './memory-operand.ts';
import { type Form, type MandatoryPrefix, type MapName, OPCODE_MAPS, type Slot } from './opcode-map.ts';
import { isVex, readVex } from './vex.ts';

const SEGMENT_PREFIXES: ReadonlyMap<number, SegmentName> = new Map([
  [0x26, 'es'],
  [0x2e, 'cs'],
  [0x36, 'ss'],
  [0x3e, 'ds'],
  [0x64, 'fs'],
  [0x65, 'gs'],
]);
const CS = SEGMENTS.indexOf('cs');

/**
 * Decodes the instruction at `offset` of `code` as a processor does that has the instruction sets of the tables
 * (Intel SDM vol. 2, chapter 2).
 * @param address instruction pointer at the first byte (an offset into CS, not a linear address)
 * @throws DecodeError 'undefined' for #UD, 'too-long' for #GP, 'truncated' if the code ends inside the instruction
 */
export function decode(code: Uint8Array, offset: number, address: bigint, codeSize: CodeSize): Instruction {
  const e = new Encoding(code, offset, address, codeSize);
  readPrefixes(e);
  const map = readOpcode(e);
  const slot = OPCODE_MAPS.get(map)![e.opcode];
  const alike = slot ?? (e.vex ? undefined : UNIFORM_MAPS.get(map));
  if (alike?.hasModrm || startsVector(e, map)) e.modrm = e.byte();
  const form = slot && findForm(e, slot);
  if (!form) {
    const why = whyUndefined(e, map, slot);
    if (alike) readAlike(e, alike);
    throw e.undefined(why);
  }
  if (e.vex) checkVex(e, form);
  setSizes(e, form);
  if (form.has.has('mod3')) e.modrm |= 0xc0;
  const operands = readOperands(e, form);
  if (e.objection !== null) throw e.undefined(e.objection);
  const [first] = operands;
  if (form.mnemonic === 'mov' && first?.kind === 'segment' && first.index === CS)
    throw e.undefined('mov cannot load cs');
  if (e.lock && !(form.has.has('lock') && first?.kind === 'memory'))
    throw e.undefined(`${form.mnemonic} cannot be locked${form.has.has('lock') ? ' with a register destination' : ''}`);
  if (form.has.has('address')) for (const operand of operands) if (operand.kind === 'memory') operand.width = 0;
  const instruction: Instruction = {
    address,
    length: e.length,
    bytes: e.bytes,
    mnemonic: form.mnemonic,
    condition: form.condition,
    operandSize: e.operandSize,
    addressSize: e.addressSize,
    codeSize,
    operands,
    lock: e.lock,
    repeat: !form.has.has('string') || e.repeatPrefix === 0 ? 'none' : e.repeatPrefix === 0xf3 ? 'rep' : 'repne',
    segmentOverride: e.segmentOverride,
  };
  if (e.vex) instruction.vex = true;
  if (form.elementWidth) instruction.elementWidth = form.elementWidth(e) as 8 | 16 | 32 | 64;
  return instruction;
}

function readPrefixes(e: Encoding): void {
  for (;;) {
    const byte = e.byte();
    const segment = SEGMENT_PREFIXES.get(byte);
    if (segment) {
      // In 64-bit mode the overrides of es, cs, ss and ds are ignored (SDM vol. 1, section 3.3.7.1).
      if (e.codeSize !== 64 || segment === 'fs' || segment === 'gs') e.segmentOverride = segment;
    } else if (byte === 0x66) e.operandOverride = true;
    else if (byte === 0x67) e.addressOverride = true;
    else if (byte === 0xf0) e.lock = true;
    else if (byte === 0xf2 || byte === 0xf3) e.repeatPrefix = byte;
    else if (e.codeSize === 64 && (byte & 0xf0) === 0x40) {
      // A REX prefix counts only right before the opcode (SDM vol. 2, section 2.2.1): what follows it overrules it.
      e.rex = byte;
      continue;
    } else {
      e.opcode = byte;
      return;
    }
    e.rex = 0;
  }
}

function readOpcode(e: Encoding): MapName {
  if (isVex(e)) return readVex(e);
  if (e.opcode !== 0x0f) return '';
  e.opcode = e.byte();
  if (e.opcode !== 0x38 && e.opcode !== 0x3a) return '0F';
  const map = e.opcode === 0x38 ? '0F 38' : '0F 3A';
  e.opcode = e.byte();
  return map;
}

/** All opcodes of these maps have a ModRM byte, and those of 0F 3A an immediate byte (Intel SDM vol. 2, tables ). */
const UNIFORM_MAPS: ReadonlyMap<MapName, Slot> = new Map(
  (['0F 38', '0F 3A'] as const).map((map) => [map, OPCODE_MAPS.get(map)!.find((slot) => slot !== undefined)!]),
);

/**
 * Reads the operands of a form that does not exist as those of its neighbours in the slot: an instruction's length is found before
 * its meaning, so that a fault on fetching it, or its being too long, comes before #UD (Intel SDM vol. 3, table 7-2).
 */
function readAlike(e: Encoding, slot: Slot): void {
  const [inMemory, inRegister] = [slot.forms.slice(0, 8).flat()[0], slot.forms.slice(8).flat()[0]];
  const form = !slot.hasModrm || e.mod !== 3 ? (inMemory ?? inRegister) : inRegister;
  if (!form || e.vex) return;
  setSizes(e, form);
  if (form === inRegister && e.mod !== 3 && !form.has.has('mod3')) {
    readMemory(e, 0);
    e.modrm |= 0xc0;
  }
  try {
    readOperands(e, form);
  } catch (error) {
    if (!(error instanceof DecodeError) || error.reason !== 'undefined') throw error;
  }
}

/** VEX, and EVEX (62), which shares its first byte with bound; XOP (8F) is told from pop by its ModRM byte alone. */
function startsVector(e: Encoding, map: MapName): boolean {
  return e.vex || (map === '' && e.opcode === 0x62);
}

/** VEX.L has to be 0 (LZ) where the tables have instructions, and vvvv 1111 (inverted) where it names no operand. */
function checkVex(e: Encoding, form: Form): void {
  if (e.vexL) e.objection ??= `${form.mnemonic} with VEX.L`;
  if (!form.usesVvvv && e.vvvv !== 0) e.objection ??= `${form.mnemonic} has no operand in VEX.vvvv`;
}

function mandatoryPrefix(e: Encoding): MandatoryPrefix {
  if (e.repeatPrefix !== 0) return e.repeatPrefix === 0xf3 ? 'F3' : 'F2';
  return e.operandOverride ? '66' : 'NP';
}

function findForm(e: Encoding, slot: Slot): Form | undefined {
  const prefix = mandatoryPrefix(e);
  const place = slot.hasModrm ? (e.mod === 3 ? 8 : 0) + e.reg : 0;
  return slot.forms[place]!.find(
    (form) =>
      (form.exactModrm < 0 || form.exactModrm === e.modrm) &&
      (form.prefix === 'any' || form.prefix === prefix) &&
      (!form.rexW || e.rexW) &&
      !(form.has.has('norexb') && e.rexB !== 0) &&
      !form.has.has(e.codeSize === 64 ? 'i64' : 'o64'),
  );
}

/** All of an instruction is read before an operand that does not exist counts: being too long comes first. */
function readOperands(e: Encoding, form: Form): Operand[] {
  const operands: Operand[] = [];
  let missing: DecodeError | undefined;
  for (const read of form.operands) {
    try {
      operands.push(read(e));
    } catch (error) {
      if (!(error instanceof DecodeError) || error.reason !== 'undefined') throw error;
      missing ??= error;
    }
  }
  if (missing) throw missing;
  return operands;
}

function setSizes(e: Encoding, form: Form): void {
  e.addressSize = e.addressOverride ? otherSize(e) : e.codeSize;
  // What stands for 66 in a VEX prefix is part of the opcode.
  if (e.vex) e.operandSize = e.rexW ? 64 : 32;
  else if (e.codeSize === 64) e.operandSize = operandSize64(e, form);
  else e.operandSize = e.operandOverride ? otherSize(e) : e.codeSize;
}
/** What the prefixes of operand and address size make of the code size. */
function otherSize(e: Encoding): 16 | 32 {
  return e.codeSize === 32 ? 16 : 32;
}

/** Operand size in 64-bit mode (Intel SDM vol. 1, table 3-4; vol. 2, section 2.2.1.7). */
function operandSize64(e: Encoding, form: Form): OperandSize {
  if (e.rexW || form.has.has('f64')) return 64;
  if (e.operandOverride) return 16;
  return form.has.has('d64') ? 64 : 32;
}

function whyUndefined(e: Encoding, map: MapName, slot: Slot | undefined): string {
  if (startsVector(e, map)) {
    const name = e.vex ? 'a VEX prefix, and no instruction on general registers (AVX)' : 'an EVEX prefix (AVX-512)';
    return `${name}: the processor is a baseline x86-64 without it`;
  }
  if (!slot) return 'no instruction has this opcode';
  const valid = (attribute: string) => slot.forms.some((list) => list.some((form) => form.has.has(attribute)));
  const only = slot.forms.flat().every((form) => form.has.has(e.codeSize === 64 ? 'i64' : 'o64'));
  if (only && valid('i64')) return 'not valid in 64-bit mode';
  if (only && valid('o64')) return 'valid in 64-bit mode alone';
  return 'no instruction has this combination of opcode, ModRM and prefixes';
}
