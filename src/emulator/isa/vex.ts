import type { Encoding } from './encoding.ts';
import type { MapName } from './opcode-map.ts';

const VEX_2 = 0xc5;
const VEX_3 = 0xc4;
const PREFIXES = [0, 0x66, 0xf3, 0xf2] as const;
const MAPS: readonly (MapName | undefined)[] = [undefined, 'VEX 0F', 'VEX 0F 38', 'VEX 0F 3A'];

/**
 * Whether the opcode that was read is a VEX prefix. Outside 64-bit mode it is one where LES and LDS, whose opcodes these
 * are, would have a register for their memory operand (Intel SDM vol. 2, section 2.3.5).
 */
export function isVex(e: Encoding): boolean {
  if (e.opcode !== VEX_2 && e.opcode !== VEX_3) return false;
  return e.codeSize === 64 || (e.code[e.position] ?? 0) >= 0xc0;
}

/**
 * Reads the rest of a VEX prefix and the opcode (Intel SDM vol. 2, section 2.3.5). Its fields become what the legacy
 * prefixes that they stand for would have been.
 * Those themselves may not stand before it (sections 2.3.2 to 2.3.4).
 * @throws DecodeError for maps that are none
 */
export function readVex(e: Encoding): MapName {
  if (e.lock || e.operandOverride || e.repeatPrefix !== 0 || e.rex !== 0)
    e.objection ??= '66, F2, F3, LOCK and REX cannot stand before a VEX prefix';
  const first = e.opcode === VEX_3 ? e.byte() : 0;
  const last = e.byte();
  // R, X, B and vvvv are stored inverted; the short form has R where the long form has W.
  const inverted = e.opcode === VEX_3 ? ~first >> 5 : (~last >> 7) << 2;
  const wide = e.opcode === VEX_3 ? (last >> 7) << 3 : 0;
  e.vex = true;
  // Elsewhere there are eight registers, and W is ignored.
  if (e.codeSize === 64) e.rex = 0x40 | wide | (inverted & 7);
  e.vvvv = (~last >> 3) & 15;
  e.vexL = (last & 4) !== 0;
  const prefix = PREFIXES[last & 3]!;
  if (prefix === 0x66) e.operandOverride = true;
  else e.repeatPrefix = prefix;
  const map = e.opcode === VEX_3 ? MAPS[first & 0x1f] : 'VEX 0F';
  e.opcode = e.byte();
  if (map === undefined) throw e.undefined(`VEX has no opcode map ${first & 0x1f}`);
  return map;
}
