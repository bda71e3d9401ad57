/**
 * The notation of the opcode tables.
 *
 * A row is written as the Intel SDM, volume 2, writes an instruction: its opcode as in the "Opcode" column
 * (section 3.1.1.1) and its operands as in the opcode maps (appendix A, section A.2).
 *
 * Opcode: `[VEX.LZ.][NP|66|F3|F2] [REX.W] [0F [38|3A]] XX [/digit | XX]`
 *   `XX+r`    eight opcodes, the low three bits of the byte name a register (the manual's +rb, +rw, +rd, +ro);
 *   `XX+cc`   sixteen opcodes, the low four bits are the condition;
 *   `/digit`  the opcode goes on in the reg field of ModRM;
 *   a last `XX` after the opcode is a whole ModRM byte; `XX+i` stands for eight of them (x87 register i);
 *   `VEX.LZ.` an instruction with VEX prefix whose L is 0, and whose pp stands for the prefix named after it;
 *   `NP` means no 66, F2, F3; a row without prefix holds whichever prefixes are there, unless a row with one
 *   fits better.
 *
 * Operands: a letter for the addressing method and one for the type.
 *   Methods: A far address in the instruction, B general register by VEX.vvvv, C/D control and debug register by reg, E register or memory by ModRM,
 *   G register by reg, I immediate, J branch displacement, M memory alone, N/U mmx and xmm register by rm alone,
 *   O address in the instruction, P/Q mmx register by reg and mmx register or memory, R register by rm alone, S segment
 *   register by reg, V/W xmm register by reg and xmm register or memory, X/Y the string operands at DS:rSI and
 *   ES:rDI. Ours: Z register by the low bits of the opcode, T x87 register by the low bits of ModRM (the manual's ST(i)).
 *   Types: see `WIDTHS` in `../operands.ts`. Ours: `bs` a byte sign-extended to the width of the destination,
 *   `Rv/Mw` is a register or memory whose types differ. Names in capitals are fixed registers: AL, CL, DX, rAX (by operand size), eAX (16 or 32 bits), ES..., ST, XMM0.
 *
 * Attributes:
 *   i64      not valid in 64-bit mode            o64   valid in 64-bit mode alone
 *   d64      operand size 64 by default in 64-bit mode; 66 makes it 16, 32 cannot be had
 *   f64      operand size 64 in 64-bit mode, whatever the prefixes
 *   lock     LOCK is allowed when the first operand is in memory
 *   string   the operands are implicit; F3 and F2 repeat
 *   address  the memory operand is an address that is not accessed (width 0)
 *   mod3     the mod field is ignored: the operand is a register
 *   norexb   only without REX.B (nop, which is xchg eax,eax)
 */
export type Row = readonly [opcode: string, mnemonic: string, operands?: string, attributes?: string];
