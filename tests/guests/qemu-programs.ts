/** QEMU's test programs for its own processor (tests/tcg of its source), built here, and what they print here. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { FOLDER } from './packages.ts';

export interface Program {
  name: string;
  binary: Uint8Array;
  /** Both streams of it, then `exit CODE`. */
  output: Uint8Array;
}

/**
 * Without those that print addresses or times (test-mmap, signals, testthread), a page that Debian's kernel does not map
 * (vsyscall), instructions that we do not have (AVX, 3DNow!), and test-i386-fprem, whose 66 MB need more than memory there is.
 */
const LEFT_OUT = new Set([
  'test-mmap',
  'signals',
  'testthread',
  'test-i386-fprem',
  'test-avx',
  'test-3dnow',
  'test-mmx',
]);
/** One form only: `movq` with mmx registers of 64 bits. */
const ONLY_64 = new Set(['test-i386-ssse3']);
const FLAGS = ['-O2', '-static', '-w', '-s', '-msse4.2'];
/** The C library picks FMA where the processor has it; ours does not. */
const NO_FMA = { GLIBC_TUNABLES: 'glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2' };

/** @param source folder of QEMU's source */
export function programs(source: string): Program[] {
  const tests = join(source, 'tests/tcg');
  const folder = join(FOLDER, 'tcg');
  mkdirSync(folder, { recursive: true });
  const sources = (part: string) => {
    const files = readdirSync(join(tests, part)).filter((name) => name.endsWith('.c'));
    return files.map((name) => join(tests, part, name));
  };
  const built: Program[] = [];
  const build = (name: string, bits: 64 | 32, ...args: string[]) => {
    const path = join(folder, `${name}-${bits}`);
    execFileSync('gcc', [`-m${bits}`, ...FLAGS, ...args, '-o', path, '-lm', '-lpthread', '-lrt']);
    const { stdout, stderr, status } = spawnSync(path, { env: NO_FMA, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = Buffer.concat([stdout, stderr, Buffer.from(`exit ${status}\n`)]);
    built.push({ name: basename(path), binary: readFileSync(path), output });
  };
  const helpers = join(tests, 'multiarch/libs/float_helpers.c');
  for (const bits of [64, 32] as const) {
    for (const file of [...sources('i386'), ...sources('multiarch'), ...sources('multiarch/linux')]) {
      const name = basename(file, '.c');
      if (LEFT_OUT.has(name) || name === 'test-i386' || name === 'hello-i386') continue;
      if (bits === 32 && ONLY_64.has(name)) continue;
      build(name, bits, file, ...(name.startsWith('float_') ? [helpers] : []));
    }
    const [c, s] = ['test-i386.c', ['test-i386-code16.S', 'test-i386-vm86.S']] as const;
    const assembly = bits === 32 ? ['-fno-pie', '-no-pie', ...s.map((name) => join(tests, 'i386', name))] : [];
    build('test-i386', bits, join(tests, 'i386', c), ...assembly);
  }
  execFileSync('python3', [
    join(tests, 'i386/test-mmx.py'),
    join(tests, 'i386/x86.csv'),
    join(folder, 'test-mmx.h'),
    ...['MMX', 'SSE', 'SSE2', 'SSE3', 'SSSE3'],
  ]);
  build('test-mmx', 64, '-O', '-masm=intel', `-I${folder}`, join(tests, 'i386/test-mmx.c'));
  for (const name of ['cmpxchg', 'noexec'])
    build(name, 64, `-I${join(tests, 'multiarch')}`, join(tests, 'x86_64', `${name}.c`));
  return built;
}
