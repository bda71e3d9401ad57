/**
 * What the manual leaves undefined, and a comparison must therefore leave out. Each entry cites the "Flags Affected"
 * (or "Description") part of the instruction's entry in Intel SDM volume 2.
 */
import { AF, ARITHMETIC, CF, OF, PF, SF, ZF } from '../../src/emulator/cpu/flags.ts';
import { type Encoding, operandWidth } from './encode.ts';
import { FpuImage, Status } from './fpu-image.ts';
import { FPU_BYTES } from './layout.ts';

export interface Undefined {
  /** RFLAGS bits. */
  flags: number;
  /** A destination register with undefined bits, and which; -1: none. */
  register: number;
  bits: bigint;
  /** Undefined bytes of memory: a range of linear addresses, or all that the case changed. */
  memory: { from: bigint; to: bigint } | null;
  /** Ones for undefined bits of x87, MMX and SSE state. */
  fpu?: FpuImage;
}

/** What the table must know of the state after the instruction. */
export interface After {
  rflags: number;
  gpr: readonly bigint[];
  fpu: Uint8Array | null;
}

const ALL = (1n << 64n) - 1n;
const EVERYWHERE = { from: 0n, to: ALL };
const NONE: Undefined = { flags: 0, register: -1, bits: 0n, memory: null };
const flags = (bits: number): Undefined => ({ ...NONE, flags: bits });

/** The count of a shift or rotate after masking: to 6 bits with 64-bit operands, else to 5. SDM "SAL/SAR/SHL/SHR", Description. */
function maskedCount(e: Encoding, cl: number): number {
  const opcode = e.form.opcode.at(-1) as number;
  const byOne = opcode === 0xd0 || opcode === 0xd1;
  const count = byOne ? 1 : e.form.immediates.length ? Number((e.immediates[0] as bigint) & 0xffn) : cl;
  return count & (operandWidth(e) === 64 ? 63 : 31);
}

/** Nothing but bits of the x87 status word. */
function undefinedStatus(bits: number): FpuImage {
  const image = new FpuImage(new Uint8Array(FPU_BYTES));
  image.status = bits;
  return image;
}

/** Sign and payload of the NaNs among the numbers, of 32 or 64 bits, in an xmm register. */
function undefinedNaNs(register: number, width: 32 | 64, fpu: Uint8Array | null): FpuImage {
  const image = new FpuImage(new Uint8Array(FPU_BYTES));
  const [sign, payload] = [1n << BigInt(width - 1), width === 32 ? 0x3fffffn : 0x7ffffffffffffn];
  const quiet = sign - 1n - payload;
  let bits = 0n;
  for (let lane = 0n; lane < 128n; lane += BigInt(width)) {
    const number = fpu ? (new FpuImage(fpu).xmm(register) >> lane) & (sign * 2n - 1n) : 0n;
    if ((number & quiet) === quiet) bits |= (sign | payload) << lane;
  }
  image.setXmm(register, bits);
  return image;
}

/** @param cl the CL register before the instruction. */
export function undefinedAfter(e: Encoding, cl: number, after: After): Undefined {
  const width = operandWidth(e);
  switch (e.form.mnemonic) {
    // "AND", "OR", "XOR", "TEST": the state of the AF flag is undefined.
    case 'and':
    case 'or':
    case 'xor':
    case 'test':
      return flags(AF);
    // "SAL/SAR/SHL/SHR": CF undefined for SHL and SHR where the count is the operand's size or more; OF defined only for
    // 1-bit shifts; AF undefined for a non-zero count; no flag changes with count 0.
    case 'shl':
    case 'shr':
    case 'sar': {
      const count = maskedCount(e, cl);
      if (count === 0) return NONE;
      const carry = e.form.mnemonic !== 'sar' && count >= width ? CF : 0;
      return flags(AF | (count === 1 ? 0 : OF) | carry);
    }
    // "RCL/RCR/ROL/ROR": OF defined only for 1-bit rotates; unaffected with count 0.
    case 'rol':
    case 'ror':
    case 'rcl':
    case 'rcr':
      return flags(maskedCount(e, cl) > 1 ? OF : 0);
    // "SHLD", "SHRD": count above the size: result and flags undefined; OF only for 1-bit shifts; AF undefined unless count 0.
    case 'shld':
    case 'shrd': {
      const count = maskedCount(e, cl);
      if (count === 0) return NONE;
      if (count > width) return { flags: ARITHMETIC, register: e.rm, bits: ALL, memory: e.memory ? EVERYWHERE : null };
      return flags(AF | (count === 1 ? 0 : OF));
    }
    // "MUL", "IMUL": SF, ZF, AF and PF undefined.
    case 'mul':
    case 'imul':
      return flags(SF | ZF | AF | PF);
    // "DIV", "IDIV": CF, OF, SF, ZF, AF and PF undefined.
    case 'div':
    case 'idiv':
      return flags(ARITHMETIC);
    // "BSF", "BSR": CF, OF, SF, AF and PF undefined; destination undefined if the source was 0, which ZF tells.
    case 'bsf':
    case 'bsr':
      return { ...flags(CF | OF | SF | AF | PF), register: after.rflags & ZF ? e.reg : -1, bits: ALL };
    // "BT", "BTS", "BTR", "BTC": OF, SF, AF and PF undefined; ZF unaffected.
    case 'bt':
    case 'bts':
    case 'btr':
    case 'btc':
      return flags(OF | SF | AF | PF);
    // "ANDN", "BLSI", "BLSMSK", "BLSR", "BZHI": AF and PF undefined.
    case 'andn':
    case 'blsi':
    case 'blsmsk':
    case 'blsr':
    case 'bzhi':
      return flags(AF | PF);
    // "BEXTR": AF, SF and PF undefined.
    case 'bextr':
      return flags(AF | SF | PF);
    // "LZCNT", "TZCNT": OF, SF, PF and AF undefined.
    case 'lzcnt':
    case 'tzcnt':
      return flags(OF | SF | PF | AF);
    // "AAA", "AAS": OF, SF, ZF and PF undefined.
    case 'aaa':
    case 'aas':
      return flags(OF | SF | ZF | PF);
    // "AAD", "AAM": OF, AF and CF undefined.
    case 'aad':
    case 'aam':
      return flags(OF | AF | CF);
    // "DAA", "DAS": OF undefined.
    case 'daa':
    case 'das':
      return flags(OF);
    // "LAR": bits 16-19 of the result are undefined.
    case 'lar':
      return { ...NONE, register: e.reg, bits: 0xf0000n };
    // "PUSH": of a segment register, with an operand size above 16 bits: zero-extended, or a 16-bit write that leaves the
    // rest of the slot as it was; "all recent Intel Core and Intel Atom processors perform a 16-bit move".
    case 'push-segment': {
      const top = (after.gpr[4] as bigint) & (e.mode === 64 ? ALL : 0xffffffffn);
      return { ...NONE, memory: { from: top + 2n, to: top + BigInt(e.operandSize / 8) } };
    }
    // "FFREE": C0, C1, C2 and C3 undefined. The last three are left alone everywhere.
    case 'ffree':
    case 'ffreep':
      return { ...NONE, fpu: undefinedStatus(Status.C1) };
    // "DPPS", "DPPD": which of several NaNs a sum becomes goes with the order of its operands, which processors choose freely.
    case 'dpps':
      return { ...NONE, fpu: undefinedNaNs(e.reg, 32, after.fpu) };
    case 'dppd':
      return { ...NONE, fpu: undefinedNaNs(e.reg, 64, after.fpu) };
    default:
      return NONE;
  }
}
