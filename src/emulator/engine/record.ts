/**
 * A decoded record: one instruction (or one step of the engine's own) as the interpreter executes it. Offsets in
 * bytes. Register fields hold offsets into the state (see `cpu/layout.ts`), so that a register is two loads away.
 */
export const RECORD_SIZE = 48;
/** Index of the handler (i32). */
export const HANDLER = 0;
/** First operand's register (u8); for an address step: the segment's base. */
export const FIRST = 4;
/** Second operand's register (u8). */
export const SECOND = 5;
/** Base and index register of the memory operand, and the index's shift (u8 each); for strings: source and destination segment base. */
export const BASE = 6;
export const INDEX = 7;
export const SHIFT = 8;
/** Third operand's register (u8). */
export const THIRD = 9;
/** Fields of the register operands, in order. */
export const REGISTERS = [FIRST, SECOND, THIRD] as const;
/** Record of the jump target on the same page, or 0 (i32); for a segmented address: bytes of the access less one. */
export const LINK = 12;
/** Offsets of the first and the second operand's vector register in the state (u16 each). */
export const VECTOR_FIRST = 12;
export const VECTOR_SECOND = 14;
/** Immediate (i64); for string instructions, LOOP and segmented addresses: the mask of the address size. */
export const IMMEDIATE = 16;
/** Displacement (i64); for string instructions and LOOP: the bits of a pointer register that stay. */
export const DISPLACEMENT = 24;
/** Address of the next instruction (i64). */
export const NEXT = 32;
/** Address of the jump target; for a string instruction its own (i64). */
export const TARGET = 40;
