import { decode } from '../../src/emulator/isa/decode.ts';
import type { CodeSize, Instruction } from '../../src/emulator/isa/instruction.ts';
import { gprName } from '../../src/emulator/isa/register-names.ts';
import { withLastRegister } from './normalise.ts';

/** A place where our decoder and objdump differ. */
export interface Difference {
  bytes: Uint8Array;
  codeSize: CodeSize;
  /** Ours, or null where we raise #UD or #GP. */
  instruction: Instruction | null;
  ours: string;
  /** After normalisation. */
  theirs: string;
  theirLength: number;
  /** As objdump printed it. */
  raw: string;
}

export interface Divergence {
  name: string;
  reason: string;
  holds: (d: Difference) => boolean;
}

/** Instructions that LOCK may precede, with a destination in memory (Intel SDM vol. 2, LOCK). */
const LOCKABLE = new Set(
  'add adc and btc btr bts cmpxchg cmpxchg8b cmpxchg16b dec inc neg not or sbb sub xor xadd xchg'.split(' '),
);

/** Instructions of extensions that a baseline x86-64 does not have: CPUID does not announce them, so they are #UD. */
export const EXTENSIONS: Readonly<Record<string, RegExp>> = {
  'AMD 3DNow!': /^(femms|pf\w+|pi2f[wd]|pf2i[wd]|pavgusb|pmulhrw|pswapd)\b/,
  'SHA and AES, carry-less multiplication, Galois field': /^(sha1|sha256|aes|pclmul|gf2p8)\w+/,
  'Key locker': /^(encodekey|loadiwkey)/,
  'virtualization (VMX, SVM)':
    /^(vmcall|vmlaunch|vmresume|vmxoff|vmxon|vmread|vmwrite|vmclear|vmptrld|vmptrst|vmfunc|invept|invvpid|vmrun|vmmcall|vmload|vmsave|vmgexit|stgi|clgi|skinit|invlpga|invlpgb|tlbsync)\b/,
  'transactional memory (TSX)': /^(xabort|xbegin[wd]?|xend|xtest|xsusldtrk|xresldtrk)\b/,
  'supervisor state saving': /^(xsaves|xsavec|xrstors)(64)?\b/,
  'safer mode, enclaves, configuration (SMX, SGX, PCONFIG)':
    /^(getsec|encls|enclu|enclv|pconfig|seamcall|seamret|seamops|tdcall)\b/,
  'control-flow enforcement': /^(incssp[dq]|rstorssp|saveprevssp|setssbsy|clrssbsy|wrssd|wrssq|wrussd|wrussq)\b/,
  'protection keys, waiting, direct stores, user interrupts':
    /^(rdpkru|wrpkru|umonitor|umwait|tpause|movdiri|movdir64b|enqcmds?|clui|stui|testui|uiret|senduipi|ptwrite|serialize|rdpru|hreset|monitorx|mwaitx|clzero|mcommit|psmash|pvalidate|rmpupdate|rmpadjust|rmpquery|clrssbsy|wrmsrns|rdmsrlist|wrmsrlist)\b/,
  'AMD SSE4a': /^(extrq|insertq|movntss|movntsd)\b/,
  'atomic additions to memory': /^(aadd|aand|aor|axor)\b/,
  'VIA PadLock': /^(xstore|xcrypt|xsha|montmul)/,
  'reset of the 80287XL': /^frstpm\b/,
};

/** What has a VEX prefix and works on general registers. */
const BIT_FIELDS = /^(andn|bextr|bls[ir]|blsmsk|bzhi|mulx|pdep|pext|rorx|sarx|shlx|shrx)\b/;

const PREFIX_BYTES = new Set([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3]);

/** The bytes after the prefixes; in 64-bit mode after REX prefixes as well. */
function opcodeOf(d: Difference): number {
  let i = 0;
  while (PREFIX_BYTES.has(d.bytes[i]!) || (d.codeSize === 64 && (d.bytes[i]! & 0xf0) === 0x40)) i++;
  return d.bytes[i]!;
}

/** Their text where we see no instruction; without LOCK, which objdump prints before anything. */
function theirsAlone(d: Difference): string {
  return d.instruction === null ? d.theirs.replace(/^lock /, '') : '';
}

/** What the bytes say without LOCK. */
function withoutLock(d: Difference): Instruction | null {
  const end = d.bytes.indexOf(opcodeOf(d));
  const bytes = d.bytes.filter((byte, i) => i > end || byte !== 0xf0);
  try {
    return decode(Uint8Array.of(...bytes, ...new Array(15).fill(0)), 0, 0n, d.codeSize);
  } catch {
    return null;
  }
}

/** Where objdump 2.40 is lax, wrong or knows processors that ours is not: each with the reason why we differ. */
export const DIVERGENCES: readonly Divergence[] = [
  {
    name: 'LOCK',
    reason:
      'objdump prints LOCK before anything; the processor raises #UD but for a short list with memory destination',
    holds: (d) => {
      if (d.instruction !== null || !/\block\b/.test(d.raw)) return false;
      const unlocked = withoutLock(d);
      return unlocked !== null && !(LOCKABLE.has(unlocked.mnemonic) && unlocked.operands[0]?.kind === 'memory');
    },
  },
  {
    name: 'VEX, EVEX, XOP',
    reason: 'AVX and what is encoded like it is no part of a baseline x86-64, but for BMI1 and BMI2: #UD',
    holds: (d) =>
      [0xc4, 0xc5, 0x62, 0x8f].includes(opcodeOf(d)) &&
      !/^(\(bad\)|$)/.test(theirsAlone(d)) &&
      !BIT_FIELDS.test(theirsAlone(d)),
  },
  ...Object.entries(EXTENSIONS).map(
    ([name, names]): Divergence => ({
      name,
      reason: 'an extension that CPUID does not announce: #UD',
      holds: (d) => names.test(theirsAlone(d)),
    }),
  ),
  {
    name: 'mov to cs',
    reason: 'SDM vol. 2, MOV: "The MOV instruction cannot be used to load the CS register": #UD',
    holds: (d) => /^mov cs,/.test(theirsAlone(d)),
  },
  {
    name: 'registers',
    reason:
      'cr1, cr5 to cr7 and cr9 to cr15, dr8 to dr15 and the test registers of the 80386 and 80486 do not exist; LOCK does not make cr8 of cr0 as it does at AMD: #UD',
    holds: (d) =>
      /^mov .*\b(cr(1|[5-7]|9|1\d)|dr(8|9|1\d)|tr\d)\b/.test(theirsAlone(d)) ||
      (d.codeSize !== 64 && /^mov .*\bcr8\b/.test(theirsAlone(d))),
  },
  {
    name: '64-bit mode alone',
    reason: 'SDM vol. 2, SYSCALL, SYSRET, SWAPGS, RDFSBASE, WRFSBASE: not recognised in legacy and compatibility mode',
    holds: (d) => d.codeSize !== 64 && /^(syscall|sysret|swapgs|(rd|wr)[fg]sbase)/.test(theirsAlone(d)),
  },
  {
    name: 'prefixes that the manual rules out',
    reason: 'NP in the opcode column: with 66, F2 or F3 these are #UD (seen on a processor too)',
    holds: (d) =>
      [0x66, 0xf2, 0xf3].some((prefix) => d.bytes.includes(prefix)) &&
      /^(fxsave|fxrstor|ldmxcsr|stmxcsr|pmovmskb|clac|stac|xgetbv|xsetbv|[lms]fence)/.test(theirsAlone(d)),
  },
  {
    name: 'prefixes without meaning',
    reason: 'bsf and bsr with F2, wbinvd with any are what they are without (a processor executes the former too)',
    holds: (d) => /^(bsf|bsr|wbinvd)\b/.test(d.ours) && (d.theirs.includes('(bad)') || d.theirs === 'wbnoinvd'),
  },
  {
    name: 'operand size of rdfsbase',
    reason: 'SDM vol. 2, RDFSBASE: 32 or 64 bits, by REX.W alone; objdump makes 16 bits of them with 66',
    holds: (d) => {
      const register = d.instruction?.operands[0];
      if (!/^(rd|wr)[fg]sbase/.test(d.ours) || register?.kind !== 'gpr' || !d.bytes.includes(0x66)) return false;
      return d.theirs === `${d.instruction!.mnemonic} ${gprName(register.index, 16)}`;
    },
  },
  {
    name: 'x87 state with 66 and REX.W',
    reason:
      'REX.W overrules 66 (SDM vol. 2, section 2.2.1.2; fnsave writes 108 bytes on a processor); objdump adds the w of 66',
    holds: (d) =>
      /^(fldenv|fnstenv|frstor|fnsave) /.test(d.ours) &&
      d.instruction!.operandSize === 64 &&
      d.theirs === d.ours.replace(' ', 'w '),
  },
  {
    name: 'movq2dq and movdq2q with 66',
    reason: 'F2 and F3 overrule 66 (SDM vol. 2, section 2.1.1); objdump makes xmm registers of mmx registers',
    holds: (d) =>
      /^(movq2dq|movdq2q)/.test(d.ours) && d.bytes.includes(0x66) && d.theirs.replaceAll('xmm', 'mm') !== d.theirs,
  },
  {
    name: 'salc',
    reason: 'D6 is not in the manual, but every processor has it outside 64-bit mode',
    holds: (d) => d.ours === 'salc' && d.theirs.includes('(bad)'),
  },
  {
    name: 'x87 aliases',
    reason: 'second encodings of fstp, fcom, fcomp and fxch are not in the manual, but every processor executes them',
    holds: (d) => /^(fstp|fstpnce|fcom|fcomp|fxch) st/.test(d.ours) && d.theirs.includes('(bad)'),
  },
  {
    name: 'nop with prefixes',
    reason: '90 with 66 or REX.W is nop as well; objdump shows the accumulator being exchanged with itself',
    holds: (d) => d.ours === 'nop' && opcodeOf(d) === 0x90 && /^xchg (\w+),\1$/.test(d.theirs),
  },
  {
    name: 'notrack',
    reason: 'objdump takes 3E before an indirect branch for the hint alone; without CET it is an override like others',
    holds: (d) => d.raw.includes('notrack') && d.theirs === d.ours.replace(/\b[c-g]s:/, ''),
  },
  {
    name: 'targets in 16-bit code',
    reason:
      'SDM vol. 2, Jcc: with an operand size of 16 the target is cut to 16 bits; objdump leaves short targets uncut',
    holds: (d) => {
      const operand = d.instruction?.operands[0];
      if (operand?.kind !== 'relative' || d.instruction!.operandSize !== 16) return false;
      const [name, target] = d.theirs.split(' ');
      return name === d.ours.split(' ')[0] && BigInt.asUintN(16, BigInt(target!)) === operand.target;
    },
  },
  {
    name: 'fwait',
    reason: 'objdump draws fwait and the x87 instruction after it together; they are two instructions',
    holds: (d) => d.ours === 'fwait' && d.bytes.includes(0x9b) && d.theirLength > d.instruction!.length,
  },
  {
    name: 'hints',
    reason: 'without their CPUID features bndldx, cldemote and so on are no-operations (0F 0D, 0F 18 to 0F 1F)',
    holds: (d) =>
      d.instruction?.mnemonic === 'nop' &&
      (d.instruction.length === d.theirLength || d.theirs.includes('(bad)')) &&
      /^(bnd\w+|cldemote|prefetch\w*|rdssp[dq])\b/.test(d.theirs),
  },
  {
    name: 'selector registers',
    reason: 'objdump shows the whole register where 16 bits of it are read',
    holds: (d) => {
      const source = d.instruction?.operands[1];
      if (source?.kind !== 'gpr' || !['mov', 'lar', 'lsl'].includes(d.instruction!.mnemonic)) return false;
      return [32, 64].some((width) => d.theirs === withLastRegister(d.ours, source.index, width));
    },
  },
  {
    name: 'far pointers of 80 bits',
    reason:
      'with REX.W the offset has 64 bits (SDM vol. 2, JMP, CALL, LSS: m16:64); objdump says FWORD or, with 66, DWORD',
    holds: (d) =>
      d.instruction?.operandSize === 64 && ['FWORD', 'DWORD'].some((w) => d.theirs === d.ours.replace('TBYTE', w)),
  },
  {
    name: 'fences',
    reason: 'SDM vol. 2, LFENCE, MFENCE, SFENCE: "the processor ignores the r/m field"; objdump knows one value',
    holds: (d) => /^[lms]fence$/.test(d.ours) && d.theirs.includes('(bad)'),
  },
  {
    name: 'movsxd with 66',
    reason:
      'with REX.W, which overrules 66 (SDM vol. 2, section 2.2.1.2), objdump shows a 16-bit source; without, it is movsx of a 16-bit source to us',
    holds: (d) =>
      opcodeOf(d) === 0x63 && d.bytes.includes(0x66) && /^movsxd/.test(d.theirs) && d.instruction?.mnemonic === 'movsx',
  },
];

/** The name of the known divergence that explains a difference, if there is one. */
export function divergenceOf(difference: Difference): string | undefined {
  return DIVERGENCES.find((d) => d.holds(difference))?.name;
}
