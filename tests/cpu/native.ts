/** The native side: builds `native/runner.c` with the system's C compiler and runs batches of cases in it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FpuImage } from './fpu-image.ts';
import * as L from './layout.ts';

/** What a case starts from. */
export interface Case {
  /** Code size: 64-bit mode, or compatibility mode with a 32- or 16-bit code segment. */
  mode: 64 | 32 | 16;
  /** Linear address of the first byte. */
  rip: number;
  code: Uint8Array;
  /** rax rcx rdx rbx rsp rbp rsi rdi r8-r15. */
  gpr: bigint[];
  rflags: number;
  /** Bytes put into writable memory before the case runs. */
  patches: { address: number; data: Uint8Array }[];
  /** x87, MMX and SSE state as FXSAVE64 writes it (`fpu-image.ts`); null: any, and not told afterwards. */
  fpu: Uint8Array | null;
}

/** The state in which a case ended: when INT3 or the exception it raised reached the kernel. */
export interface Outcome {
  /** Exception vector; -1 if the case did not end within a second or so. */
  vector: number;
  errorCode: number;
  /** Of a page fault. */
  cr2: bigint;
  rip: bigint;
  gpr: bigint[];
  rflags: number;
  /** Selectors of es cs ss ds fs gs. */
  selectors: number[];
  /** Memory that differs from what the case started with, by aligned 8 bytes. */
  changes: { address: number; value: bigint }[];
  /** x87, MMX and SSE state, if the case came with it. */
  fpu: Uint8Array | null;
}

/** Which of the x87 pointers follow every instruction, not those alone that raise an unmasked exception. */
export interface FpuPointers {
  opcode: boolean;
  code: boolean;
  data: boolean;
}

export interface Host {
  vendor: string;
  model: string;
  /** Names as in /proc/cpuinfo. */
  flags: Set<string>;
  /** User code may set the FS base: FS-relative operands in 64-bit mode can be tested. */
  fsgsbase: boolean;
  /** Pages below 64 KiB can be mapped: 16-bit addresses can lead somewhere. */
  low: boolean;
  fpuPointers: FpuPointers;
}

/** Why cases cannot run natively here; null if they can. */
export function unavailable(): string | null {
  if (process.arch !== 'x64' || process.platform !== 'linux')
    return `instructions are compared with the host's own processor: needs Linux on x86-64, this is ${process.platform} on ${process.arch}`;
  if (spawnSync('gcc', ['--version']).error)
    return 'the native runner needs gcc (Debian: apt-get install gcc libc6-dev)';
  runner ??= build();
  const { status, stderr } = spawnSync(runner, ['features'], { encoding: 'utf8' });
  return status === 0 ? null : `the native runner cannot run here: ${stderr.trim()}`;
}

let runner: string | undefined;

const source = fileURLToPath(new URL('native/runner.c', import.meta.url));
const layout = fileURLToPath(new URL('layout.ts', import.meta.url));
const folder = fileURLToPath(new URL('../../build/cpu-tests/', import.meta.url));

/** Compiles the runner unless a current one stands in `build/`; returns its path. */
function build(): string {
  const target = `${folder}runner`;
  if (existsSync(target)) {
    const built = statSync(target).mtimeMs;
    if (built > statSync(source).mtimeMs && built > statSync(layout).mtimeMs) return target;
  }
  mkdirSync(folder, { recursive: true });
  const descriptors = L.LOCAL_DESCRIPTORS.map(
    (d, i) =>
      `set_descriptor(${i},${d.base}u,${d.limit}u,${d.contents},${Number(d.big)},${Number(d.readOnly)},${Number(d.present)});`,
  ).join('');
  const numbers = {
    CODE: L.CODE,
    CODE_SIZE: L.CODE_SIZE,
    DATA: L.DATA,
    DATA_SIZE: L.DATA_SIZE,
    READ_ONLY: L.READ_ONLY,
    LOW: L.LOW,
    LOW_READ_ONLY: L.LOW_READ_ONLY,
    FS_BASE: L.FS_BASE,
    GS_BASE: L.GS_BASE,
    MAX_CODE: L.MAX_CODE,
    MAX_PATCHES: L.MAX_PATCHES,
    FPU_BYTES: L.FPU_BYTES,
    CASE_BYTES: L.CASE_BYTES,
    RESULT_BYTES: L.RESULT_BYTES,
    ...L.Selector,
  };
  const defines = Object.entries(numbers).map(([name, value]) => `-D${name}=${value}`);
  // Two test processes may build at once: each writes its own file and renames it into place.
  const mine = `${target}.${process.pid}`;
  execFileSync('gcc', [
    ...['-O2', '-Wall', '-Wextra', '-Werror', '-fno-stack-protector', '-fcf-protection=none', '-mfsgsbase'],
    ...defines,
    `-DLOCAL_DESCRIPTORS=${descriptors}`,
    ...['-o', mine, source],
  ]);
  renameSync(mine, target);
  return target;
}

let known: Host | undefined;

export function host(): Host {
  known ??= askHost();
  return known;
}

/** Loads a number in 64-bit code and sees what of it is remembered. */
function askFpuPointers(): FpuPointers {
  const gpr = Array.from({ length: 16 }, () => BigInt(L.DATA));
  const code = Uint8Array.of(0xdd, 0x03); // fld qword [rbx]
  const fpu = new FpuImage().bytes;
  const [outcome] = runNatively([{ mode: 64, rip: L.CODE, code, gpr, rflags: 0x202, patches: [], fpu }]);
  const image = new FpuImage(outcome?.fpu as Uint8Array);
  return {
    opcode: image.opcode === 0x503,
    code: image.codePointer === BigInt(L.CODE),
    data: image.dataPointer === BigInt(L.DATA),
  };
}

function askHost(): Host {
  runner ??= build();
  const info = readFileSync('/proc/cpuinfo', 'utf8');
  const features = execFileSync(runner, ['features'], { encoding: 'utf8' });
  const field = (name: string) => info.match(new RegExp(`^${name}\\s*: (.*)$`, 'm'))?.[1] ?? '';
  return {
    vendor: field('vendor_id'),
    model: field('model name'),
    flags: new Set(field('flags').split(' ')),
    fsgsbase: features.includes('fsgsbase=1'),
    low: features.includes('low=1'),
    fpuPointers: askFpuPointers(),
  };
}

/**
 * Runs cases on the host's processor, in order.
 * @throws Error naming the case that brought the runner down, should one do so.
 */
export function runNatively(cases: readonly Case[]): Outcome[] {
  runner ??= build();
  const input = Buffer.concat(cases.map(caseBytes));
  const changed = (L.DATA_SIZE + L.PAGE) / 8;
  const { stdout, stderr, status, signal } = spawnSync(runner, [], {
    input,
    maxBuffer: cases.length * (L.RESULT_BYTES + L.FPU_BYTES + changed * 16) + 1,
  });
  if (status !== 0) throw new Error(`the native runner failed (${signal ?? `exit code ${status}`}): ${stderr}`);
  const outcomes: Outcome[] = [];
  for (let offset = 0; offset < stdout.length; ) {
    const outcome = readOutcome(stdout, offset);
    outcomes.push(outcome);
    offset += L.RESULT_BYTES + (outcome.fpu?.length ?? 0) + outcome.changes.length * 16;
  }
  if (outcomes.length !== cases.length)
    throw new Error(`the native runner answered ${outcomes.length} of ${cases.length} cases`);
  return outcomes;
}

const multipleOf8 = (n: number) => (n + 7) & ~7;

function caseBytes(c: Case): Buffer {
  if (c.code.length > L.MAX_CODE || c.patches.length > L.MAX_PATCHES) throw new RangeError('case too large');
  const patched = c.patches.reduce((size, { data }) => size + 8 + multipleOf8(data.length), 0);
  const buffer = Buffer.alloc(L.CASE_BYTES + (c.fpu?.length ?? 0) + patched);
  buffer.writeUInt32LE(c.rip, 0);
  buffer[4] = c.mode;
  buffer[5] = c.code.length;
  buffer[6] = c.patches.length;
  buffer[7] = c.fpu ? 1 : 0;
  buffer.set(c.code, 8);
  c.gpr.forEach((value, i) => {
    buffer.writeBigUInt64LE(value, 64 + i * 8);
  });
  buffer.writeBigUInt64LE(BigInt(c.rflags), 192);
  let at = L.CASE_BYTES;
  if (c.fpu) {
    buffer.set(c.fpu, at);
    at += L.FPU_BYTES;
  }
  for (const { address, data } of c.patches) {
    buffer.writeUInt32LE(address, at);
    buffer.writeUInt32LE(data.length, at + 4);
    buffer.set(data, at + 8);
    at += 8 + multipleOf8(data.length);
  }
  return buffer;
}

function readOutcome(buffer: Buffer, offset: number): Outcome {
  const signal = buffer[offset] as number;
  const u64 = (at: number) => buffer.readBigUInt64LE(offset + at);
  const changes = buffer.readUInt16LE(offset + 2);
  const hasFpu = buffer.readUInt32LE(offset + 172) === 1;
  const changesAt = L.RESULT_BYTES + (hasFpu ? L.FPU_BYTES : 0);
  return {
    vector: signal === 0 ? -1 : (buffer[offset + 1] as number),
    errorCode: buffer.readUInt32LE(offset + 4),
    rip: u64(8),
    gpr: Array.from({ length: 16 }, (_, i) => u64(16 + i * 8)),
    rflags: Number(u64(144)),
    cr2: u64(152),
    selectors: Array.from({ length: 6 }, (_, i) => buffer.readUInt16LE(offset + 160 + i * 2)),
    changes: Array.from({ length: changes }, (_, i) => ({
      address: Number(u64(changesAt + i * 16)),
      value: u64(changesAt + i * 16 + 8),
    })),
    fpu: hasFpu ? Uint8Array.from(buffer.subarray(offset + L.RESULT_BYTES, offset + changesAt)) : null,
  };
}
