/** From a form to bytes: picks prefixes, sizes and operands at random, and encodes what was picked. SDM volume 2, chapter 2. */
import type { Form, Immediate } from './forms.ts';
import type { Random } from './random.ts';

export interface MemoryOperand {
  /** -1: none. */
  base: number;
  index: number;
  scale: 1 | 2 | 4 | 8;
  displacementBytes: 0 | 1 | 2 | 4;
  displacement: number;
  ripRelative: boolean;
  /** The rm field, which is not the base with 16-bit addresses; 4 where a SIB byte follows. */
  rm: number;
}

export interface Encoding {
  form: Form;
  mode: 64 | 32 | 16;
  /** Effective, in bits. */
  operandSize: 16 | 32 | 64;
  addressSize: 16 | 32 | 64;
  /** Legacy prefixes in their order, mandatory one included. */
  prefixes: number[];
  /** 0 or 0x40-0x4f; its R, X and B are derived when encoding. */
  rex: number;
  /** The rest of a VEX prefix: vvvv before it is inverted, W outside 64-bit mode, L. */
  vex: { vvvv: number; w: boolean; l: boolean } | null;
  locked: boolean;
  repeat: 'none' | 'rep' | 'repne';
  /** Overriding segment (0-5: es cs ss ds fs gs) or -1. */
  segment: number;
  /** ModRM.reg with REX.R, or the digit. */
  reg: number;
  /** Register operand in ModRM.rm or in the opcode; -1 if memory or none. */
  rm: number;
  memory: MemoryOperand | null;
  /** One value for each of the form's immediates. */
  immediates: bigint[];
  /** Selector of a far pointer in the instruction. */
  farSelector: number;
}

export interface HostLimits {
  /** FS-relative operands can be tested in 64-bit mode. */
  fs64: boolean;
  intel: boolean;
  /** Addresses below 64 KiB can be mapped. */
  low: boolean;
  /** Keep locked operands within a cache line: the host traps or slows down others. */
  avoidSplitLocks: boolean;
}

const SEGMENT_PREFIX = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65];

/** Width in bits of the operand in ModRM.rm: 8, or the operand size. */
export function operandWidth(e: Encoding): 8 | 16 | 32 | 64 {
  return e.form.width === 'b' ? 8 : e.form.width === 'w' ? 16 : e.operandSize;
}

/** Picks an encoding of a form, with everything chosen but the values that depend on the registers' contents. */
export function chooseEncoding(form: Form, mode: 64 | 32 | 16, random: Random, limits: HostLimits): Encoding {
  const e: Encoding = {
    form,
    mode,
    operandSize: mode,
    addressSize: mode,
    prefixes: [],
    rex: 0,
    vex: null,
    locked: false,
    repeat: 'none',
    segment: -1,
    reg: typeof form.modrm === 'number' ? form.modrm : 0,
    rm: -1,
    memory: null,
    immediates: form.immediates.map(() => 0n),
    farSelector: 0,
  };
  chooseOperandSize(e, random, limits);
  chooseOperands(e, random);
  if (form.vex) chooseVex(e, random);
  const offset = form.immediates[0] === 'mo';
  const addresses = e.memory !== null || offset || /string|xlat|loop/.test(form.setup ?? '');
  if (random.chance(addresses ? 0.12 : 0.02)) {
    e.prefixes.push(0x67);
    e.addressSize = mode === 32 ? 16 : 32;
  }
  if (e.memory) e.memory = chooseMemory(e, random);
  choosePrefixes(e, addresses, random, limits);
  shuffle(e.prefixes, random);
  if (form.mandatory !== null) e.prefixes.splice(random.below(e.prefixes.length + 1), 0, form.mandatory);
  if (random.chance(0.02)) addIneffectivePrefix(e, random);
  if (mode === 64 && random.chance(0.08) && !isNopOf90(form)) e.rex |= 0x40;
  return e;
}

// REX.B would turn 90 into an exchange with r8; REX without B is a plain redundant prefix, but keep the two apart.
function isNopOf90(form: Form): boolean {
  return form.opcode[0] === 0x90 && !form.plusRegister;
}

function chooseOperandSize(e: Encoding, random: Random, limits: HostLimits): void {
  const { form, mode } = e;
  const plain = form.opcode.length === 1 && form.modrm === null && form.mandatory === null;
  switch (form.width) {
    case 'v': {
      // Far pointers of 80 bits are Intel's: AMD's processors ignore REX.W there (APM volume 3, "LFS", "JMP (far)").
      const narrow = mode !== 64 || (!limits.intel && /^(load-far|far-jmp|far-call)$/.test(form.mnemonic));
      const size = narrow ? random.pick([16, 32] as const) : random.pick([16, 32, 64] as const);
      e.operandSize = size;
      if (size === 64) {
        e.rex = 0x48;
        if (random.chance(0.05)) e.prefixes.push(0x66);
      } else if (mode === 16 ? size === 32 : size === 16) e.prefixes.push(0x66);
      break;
    }
    case 'y':
      e.operandSize = mode === 64 && random.chance(0.5) ? 64 : 32;
      if (e.operandSize === 64) e.rex = 0x48;
      else if (mode === 16 && !form.vex) e.prefixes.push(0x66);
      break;
    case 's':
    case 'n': {
      const near = form.width === 'n';
      if (near && mode === 64) {
        // SDM volume 2, near branches: Intel ignores 66 in 64-bit mode, AMD does not.
        if (limits.intel && random.chance(0.03)) e.prefixes.push(0x66);
      } else if (random.chance(mode === 16 ? 0.5 : near ? 0.04 : 0.2)) {
        e.prefixes.push(0x66);
        e.operandSize = mode === 16 ? 32 : 16;
      }
      if (mode === 64 && e.operandSize === 64 && random.chance(0.1)) e.rex = 0x48;
      break;
    }
    case 'b':
    case 'w':
    case '-':
      e.operandSize = mode === 64 ? 32 : mode;
      if (form.rexW) e.rex = 0x48;
      else if (form.width === 'b' || (plain && form.immediates[0] !== 'cb')) {
        const redundant = random.below(25);
        if (redundant === 0) e.prefixes.push(0x66);
        if (redundant === 1 && mode === 64 && !isNopOf90(form)) e.rex = 0x48;
      }
  }
}

function chooseOperands(e: Encoding, random: Random): void {
  const { form, mode } = e;
  const registers = mode === 64 ? 16 : 8;
  if (form.plusRegister) e.rm = random.below(registers);
  if (form.modrm === null) return;
  if (form.modrm === 'r') e.reg = random.below(form.segmentRegister ? 8 : registers);
  const memory = form.memoryOnly || (!form.registerOnly && random.chance(0.5));
  if (memory)
    e.memory = { base: -1, index: -1, scale: 1, displacementBytes: 0, displacement: 0, ripRelative: false, rm: 0 };
  else e.rm = random.below(registers);
}

/** Outside 64-bit mode W and the highest bit of vvvv are ignored. */
function chooseVex(e: Encoding, random: Random): void {
  const { form, mode } = e;
  const unused = random.chance(0.02) ? random.below(16) : 0;
  e.vex = {
    vvvv: form.vex?.vvvv ? random.below(16) : unused,
    w: mode === 64 ? e.operandSize === 64 : random.chance(0.5),
    l: random.chance(0.01),
  };
  // Undefined before a VEX prefix.
  if (random.chance(0.02)) e.prefixes.push(random.pick([0x66, 0xf2, 0xf3, 0xf0]));
}
/** The register that VEX.vvvv names. */
export function vexRegister(e: Encoding): number {
  return (e.vex?.vvvv ?? 0) & (e.mode === 64 ? 15 : 7);
}

function choosePrefixes(e: Encoding, addresses: boolean, random: Random, limits: HostLimits): void {
  const { form, mode } = e;
  if (random.chance(addresses ? 0.14 : 0.015)) {
    const choices = mode === 64 && !limits.fs64 ? [0, 1, 2, 3, 5] : [0, 1, 2, 3, 4, 5];
    e.segment = random.pick(mode === 64 && random.chance(0.6) ? choices.slice(4) : choices);
    e.prefixes.push(SEGMENT_PREFIX[e.segment] as number);
  } else if (!isUndefined(form) && random.chance(0.006)) {
    // Up to and past the limit of 15 bytes.
    e.segment = 3;
    const count = 6 + random.below(9);
    for (let i = 0; i < count; i++) e.prefixes.push(0x3e);
  }
  const overlong = e.prefixes.length > 6;
  if (random.chance(form.lock && e.memory ? 0.25 : overlong ? 0 : 0.008)) {
    e.prefixes.push(0xf0);
    e.locked = true;
  }
  if (form.repeat === 'rep' || form.repeat === 'repe') {
    if (random.chance(0.7)) {
      e.repeat = form.repeat === 'repe' && random.chance(0.5) ? 'repne' : 'rep';
      e.prefixes.push(e.repeat === 'rep' ? 0xf3 : 0xf2);
    }
  } else if (random.chance(form.repeat === 'ignored' ? 0.05 : ignoresRepeat(form) ? 0.01 : 0))
    e.prefixes.push(random.pick([0xf2, 0xf3]));
}

/**
 * One that another overrules: a REX prefix that is not right before the opcode (SDM volume 2, section 2.2.1), a segment override
 * before the last; in 64-bit mode those of ES, CS, SS and DS at any place (volume 1, section 3.3.7.1).
 */
function addIneffectivePrefix({ mode, prefixes, segment }: Encoding, random: Random): void {
  const insert = (before: number, byte: number) => prefixes.splice(random.below(before + 1), 0, byte);
  if (mode === 64 && prefixes.length && random.chance(0.5)) insert(prefixes.length - 1, 0x40 | random.below(16));
  else if (mode === 64) insert(prefixes.length, SEGMENT_PREFIX[random.below(4)] as number);
  else if (segment >= 0) insert(prefixes.indexOf(SEGMENT_PREFIX[segment] as number), random.pick(SEGMENT_PREFIX));
}

/** F2 and F3 mean nothing here, neither to this instruction nor by making another one of it: SDM volume 2, appendix A. */
function ignoresRepeat({ opcode, mandatory, vex, repeat }: Form): boolean {
  if (mandatory !== null || vex || repeat !== 'none') return false;
  // LOOPE and LOOPNE: AMD's processors take the condition from the prefix.
  if (opcode[0] !== 0x0f) return ![0x90, 0xe0, 0xe1].includes(opcode[0] as number);
  const second = opcode[1] as number;
  return (
    (second >= 0x40 && second < 0x50) ||
    (second >= 0x80 && second < 0xae) ||
    (second > 0xae && second < 0xb8) ||
    (second >= 0xc8 && second < 0xd0)
  );
}

/** Always #UD. How far such an instruction is fetched before it raises that is the processor's own affair. */
function isUndefined(form: Form): boolean {
  return form.mnemonic === 'invalid' || form.mnemonic === 'ud';
}
/** Raises #UD for its opcode, for a LOCK that does not belong there, or for a segment register that is none. */
export function isUndefinedOpcode(e: Encoding): boolean {
  const segment = e.form.segmentRegister && (e.reg > 5 || (e.form.mnemonic === 'mov-to-segment' && e.reg === 1));
  return segment || isUndefined(e.form) || isUndefinedVex(e) || (e.locked && !(e.form.lock && e.memory !== null));
}

function isUndefinedVex({ form, vex, prefixes }: Encoding): boolean {
  if (!vex) return false;
  return (
    vex.l || (vex.vvvv !== 0 && !form.vex?.vvvv) || prefixes.some((byte) => [0x66, 0xf2, 0xf3, 0xf0].includes(byte))
  );
}

function chooseMemory(e: Encoding, random: Random): MemoryOperand {
  const m: MemoryOperand = {
    base: -1,
    index: -1,
    scale: 1,
    displacementBytes: 0,
    displacement: 0,
    ripRelative: false,
    rm: 0,
  };
  if (e.addressSize === 16) {
    m.rm = random.below(8);
    m.base = [3, 3, 5, 5, 6, 7, 5, 3][m.rm] as number;
    m.index = [6, 7, 6, 7, -1, -1, -1, -1][m.rm] as number;
    m.displacementBytes = random.pick([0, 1, 2] as const);
    if (m.rm === 6 && m.displacementBytes === 0) {
      m.base = -1;
      m.displacementBytes = 2;
    }
    randomDisplacement(m, random);
    return m;
  }
  const registers = e.mode === 64 ? 16 : 8;
  m.displacementBytes = random.pick([0, 1, 4] as const);
  const sib = random.chance(0.4);
  m.rm = sib ? 4 : random.below(registers);
  if (sib || (m.rm & 7) === 4) {
    m.rm = 4;
    m.base = random.below(registers);
    m.index = random.below(registers);
    if (m.index === 4) m.index = -1;
    m.scale = random.pick([1, 2, 4, 8] as const);
    if ((m.base & 7) === 5 && m.displacementBytes === 0) {
      m.base = -1;
      m.displacementBytes = 4;
    }
  } else if ((m.rm & 7) === 5 && m.displacementBytes === 0) {
    m.displacementBytes = 4;
    m.ripRelative = e.mode === 64;
  } else m.base = m.rm;
  randomDisplacement(m, random);
  return m;
}

function randomDisplacement(m: MemoryOperand, random: Random): void {
  if (m.displacementBytes === 1) m.displacement = (random.u32() << 24) >> 24;
  else if (m.displacementBytes === 2) m.displacement = (random.u32() << 16) >> 16;
  else if (m.displacementBytes === 4) m.displacement = random.u32() >> random.pick([0, 8, 16, 24]);
  m.displacement |= 0;
}

function shuffle(bytes: number[], random: Random): void {
  for (let i = bytes.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [bytes[i], bytes[j]] = [bytes[j] as number, bytes[i] as number];
  }
}

/** Bytes of an immediate. */
export function immediateBytes(kind: Immediate, e: Encoding): number {
  switch (kind) {
    case 'ib':
    case 'cb':
      return 1;
    case 'iw':
      return 2;
    case 'iz':
    case 'cz':
      return nearSize(e) === 16 ? 2 : 4;
    case 'iv':
      return e.operandSize / 8;
    case 'mo':
      return e.addressSize / 8;
    case 'ap':
      return e.operandSize === 16 ? 4 : 6;
  }
}

function nearSize(e: Encoding): number {
  return e.form.width === 'n' && e.mode === 64 ? 64 : e.operandSize;
}

/** Is a REX prefix present once R, X and B are set: then encodings 4-7 of byte registers mean spl bpl sil dil. */
export function rexOf(e: Encoding): number {
  if (e.mode !== 64) return 0;
  let rex = e.rex;
  if (e.form.modrm === 'r' && e.reg > 7) rex |= 0x44;
  if (e.memory) {
    if (e.memory.index > 7) rex |= 0x42;
    if (e.memory.base > 7 || (e.memory.base < 0 && e.memory.rm > 7)) rex |= 0x41;
  } else if (e.rm > 7) rex |= 0x41;
  return rex;
}

export function encode(e: Encoding): Uint8Array {
  const { form } = e;
  const bytes = [...e.prefixes];
  const rex = rexOf(e);
  if (e.vex && form.vex) {
    const { vvvv, w, l } = e.vex;
    bytes.push(0xc4, ((~rex & 7) << 5) | form.vex.map);
    bytes.push((w ? 0x80 : 0) | ((~vvvv & 15) << 3) | (l ? 4 : 0) | form.vex.prefix);
  } else if (rex) bytes.push(rex);
  bytes.push(...form.opcode);
  if (form.plusRegister) bytes[bytes.length - 1] = (bytes.at(-1) as number) + (e.rm & 7);
  if (form.modrm !== null) {
    const reg = (e.reg & 7) << 3;
    const m = e.memory;
    if (!m) bytes.push(0xc0 | reg | (e.rm & 7));
    else {
      const absolute = m.base < 0;
      const mod = absolute || m.displacementBytes === 0 ? 0 : m.displacementBytes === 1 ? 1 : 2;
      bytes.push((mod << 6) | reg | (m.rm & 7));
      if (e.addressSize !== 16 && m.rm === 4) {
        const scale = { 1: 0, 2: 1, 4: 2, 8: 3 }[m.scale];
        bytes.push((scale << 6) | ((m.index < 0 ? 4 : m.index & 7) << 3) | (absolute ? 5 : m.base & 7));
      }
      push(bytes, BigInt(m.displacement), m.displacementBytes);
    }
  }
  form.immediates.forEach((kind, i) => {
    const size = immediateBytes(kind, e);
    push(bytes, e.immediates[i] as bigint, kind === 'ap' ? size - 2 : size);
    if (kind === 'ap') push(bytes, BigInt(e.farSelector), 2);
  });
  return Uint8Array.from(bytes);
}

function push(bytes: number[], value: bigint, count: number): void {
  for (let i = 0; i < count; i++) bytes.push(Number((value >> BigInt(i * 8)) & 0xffn));
}
