/**
 * Where everything lies in the one WebAssembly memory that engines and helpers share. All offsets in bytes.
 *
 * The first 256 bytes can be named by a record's 8-bit register fields: general registers, the constant zero,
 * the scratch register of address micro-operations, and the segment bases.
 */

/** rax rcx rdx rbx rsp rbp rsi rdi r8-r15, 8 bytes each. */
export const GPR = 0;
export const RAX = 0;
export const RCX = 1;
export const RDX = 2;
export const RBX = 3;
export const RSP = 4;
export const RBP = 5;
export const RSI = 6;
export const RDI = 7;
/** Always zero: the base of an address that has none. */
export const ZERO = 128;
/** Linear address computed by an address micro-operation for the record after it. */
export const SCRATCH = 136;
/** Bases of es cs ss ds fs gs, 8 bytes each. */
export const SEGMENT_BASE = 144;
export const RIP = 192;
/** Lazy arithmetic flags: kind (i32) and the three values it refers to (i64). See `flags.ts`. */
export const FLAG_KIND = 200;
export const FLAG_RESULT = 208;
export const FLAG_A = 216;
export const FLAG_B = 224;
/** RFLAGS without the six arithmetic flags (i32). */
export const SYSTEM_FLAGS = 232;

/** Selectors of es cs ss ds fs gs ldtr tr (u16 each, at 4-byte steps), then limits (u32), then attributes (u16 at 4-byte steps). */
export const SELECTOR = 256;
export const SEGMENT_LIMIT = 288;
export const SEGMENT_ATTRIBUTES = 320;
/** Bases of ldtr and tr (i64). */
export const SYSTEM_SEGMENT_BASE = 352;
export const GDTR_BASE = 368;
export const IDTR_BASE = 376;
/** 16-bit limits in 4 bytes. */
export const GDTR_LIMIT = 384;
export const IDTR_LIMIT = 388;
/** cr0 cr1 cr2 cr3 cr4 ... cr8, 8 bytes each. */
export const CR = 392;
export const DR = 464;
export const EFER = 528;
export const STAR = 536;
export const LSTAR = 544;
export const CSTAR = 552;
export const SFMASK = 560;
export const KERNEL_GS_BASE = 568;
export const PAT = 576;
export const APIC_BASE = 584;
export const TSC_ADJUST = 592;
export const SYSENTER_CS = 600;
export const SYSENTER_ESP = 608;
export const SYSENTER_EIP = 616;
export const TSC_AUX = 624;
/** IA32_MTRR_DEF_TYPE, eight pairs of base and mask, eleven fixed ranges. */
export const MTRR = 632;
/**
 * x87 state, as FXSAVE sees it (Intel SDM volume 1, section 8.1): control, status and abridged tag words (a bit for each
 * register of `ST`, 1 where it is in use), last opcode, code and data selector (i32 each).
 */
export const FPU_CONTROL = 856;
export const FPU_STATUS = 860;
export const FPU_TAGS = 864;
export const FPU_OPCODE = 868;
export const FPU_CODE_SELECTOR = 872;
export const FPU_DATA_SELECTOR = 876;
/** Offsets of the last x87 instruction and of its memory operand (i64). */
export const FPU_CODE_POINTER = 880;
export const FPU_DATA_POINTER = 888;
/** Control and status of SSE (i32). */
export const MXCSR = 896;
/** Which state XSAVE manages (i64). */
export const XCR0 = 904;
/**
 * The eight x87 data registers R0-R7 by their physical number, 16 bytes each: significand (i64), sign and exponent (u16).
 * mm0-mm7 are their significands.
 */
export const ST = 912;
/** xmm0-xmm15, 16 bytes each. */
export const XMM = 1040;
/** What RDRAND and RDSEED count (i64): `helpers/random-numbers.ts`. */
export const RANDOM = 1296;
/** The four entries of PAE's page-directory-pointer table that are in force (i64). */
export const DIRECTORY_POINTERS = 1304;
/** Level of the FERR# pin: 1 while it is asserted (i32). */
export const FERR = 1336;
/** Everything architectural lies below. */
export const STATE_END = 1340;
/** A vector from memory, loaded by a step for the record after it. */
export const VECTOR_SCRATCH = 1344;

/** Interpreter: why it left, and at which record. */
export const EXIT_REASON = 1376;
export const FAULT_RECORD = 1380;
export const LINK_SLOT = 1384;

/** A page for accesses that cannot be done in place: page-crossing, memory-mapped I/O, stores to code. */
export const BOUNCE = 0x1000;
export const BOUNCE_SIZE = 0x1000;

/**
 * Software TLB: 4096 entries of read tag (i64), write tag (i64), addend (i32), granule map (i32), guarded tag (i64). A page of
 * code has no write tag: stores that hit its guarded tag are let through where the granule map shows no code.
 */
export const TLB = 0x10000;
export const TLB_ENTRIES = 4096;
export const TLB_ENTRY = 32;
/** Jump cache: 4096 entries of linear address (i64) and record (i32). */
export const JUMP_CACHE = 0x40000;
export const JUMP_CACHE_ENTRIES = 4096;
export const JUMP_CACHE_ENTRY = 16;
/** Granule maps of pages that hold code: a byte for each 64 bytes, 1 where there is code. */
export const GRANULE_MAPS = 0x50000;
/** Decoded records. */
export const RECORDS = 0x100000;
/** Guest-physical address 0. */
export const RAM = 0x800000;
