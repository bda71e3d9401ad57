/** `tools/linemap` on a C program that gcc has compiled, with binutils as the judge: `addr2line`, `nm`, `readelf`. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DebugInformation, LineMapTool } from '../../scripts/kernels/linemap.ts';
import { mergeRows } from '../../scripts/kernels/workshop.ts';
import {
  findRust,
  lockedToolchain,
  NoRustError,
  PROJECT_PREFIX,
  type RustToolchain,
} from '../../scripts/setup/rust.ts';
import { describeWith, STRICT } from '../support/environment.ts';

const ROOT = join(import.meta.dirname, '../..');

const HEADER = `static inline __attribute__((always_inline)) int library_square(int x) {
    return x * x;
}
`;

const PROGRAM = `#include "../library/square.h"
int counter;
__attribute__((noinline)) int step(int x) {
    counter += x;
    return counter;
}
void _start(void) {
    for (int i = 0; i < 10; i++)
        counter += library_square(step(i));
    for (;;) {}
}
`;

function toolchain(): RustToolchain | null {
  try {
    return findRust(lockedToolchain());
  } catch (error) {
    if (error instanceof NoRustError && !STRICT) return null;
    throw error;
  }
}

const rust = toolchain();

describeWith(['gcc', 'binutils'], 'the line map tool', () => {
  if (rust === null) {
    test.skip('reads and strips a program (no Rust on this machine)', () => {});
    return;
  }
  let folder: string;
  let program: string;
  let tool: LineMapTool;
  let read: DebugInformation;

  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'linemap-')));
    program = join(folder, 'program');
    for (const [path, text] of [
      ['library/square.h', HEADER],
      ['project/main.c', PROGRAM],
    ] as const) {
      mkdirSync(join(folder, dirname(path)));
      writeFileSync(join(folder, path), text);
    }
    const project = join(folder, 'project');
    const options = ['-O1', '-g', '-nostdlib', '-static', '-no-pie', '-fno-stack-protector', '-fcf-protection=none'];
    execFileSync('gcc', [...options, `-fdebug-prefix-map=${project}=${PROJECT_PREFIX}`, '-o', program, 'main.c'], {
      cwd: project,
    });
    tool = new LineMapTool(ROOT, rust);
    read = tool.read(program);
  }, 600_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  test('gives each address of the project the line that addr2line gives it, or that of the call that it is inlined in', () => {
    expect(read.files).toEqual(['main.c']);
    let inlined = 0;
    for (const [address, length, , line] of read.rows) {
      for (let offset = 0; offset < length; offset++) {
        const at = (Number.parseInt(address, 16) + offset).toString(16);
        const frames = execFileSync('addr2line', ['-i', '-e', program, at], { encoding: 'utf8' }).trim().split('\n');
        if (!frames[0]!.includes('/main.c:')) inlined++;
        const own = frames.find((frame) => frame.includes('/main.c:'));
        expect(own?.replace(/ \(.*/, ''), at).toBe(`${PROJECT_PREFIX}/main.c:${line}`);
      }
    }
    expect(inlined).toBeGreaterThan(0);
    expect(new Set(read.rows.map(([, , , line]) => line))).toContain(9);
  });

  test('covers the functions', () => {
    const covered = read.rows.reduce((sum, [, length]) => sum + length, 0);
    const size = read.symbols.reduce((sum, symbol) => sum + symbol.size, 0);
    expect(covered).toBe(size);
  });

  test('has the functions that nm has', () => {
    const lines = execFileSync('nm', ['-S', '--defined-only', program], { encoding: 'utf8' }).trim().split('\n');
    const functions = lines.map((line) => line.split(' ')).filter(([, , kind]) => kind === 'T' || kind === 't');
    const expected = functions.map(([address, size, , name]) => ({
      name,
      address: BigInt(`0x${address}`).toString(16),
      size: Number.parseInt(size!, 16),
    }));
    expect(read.symbols).toEqual(expected.sort((a, b) => (a.address < b.address ? -1 : 1)));
  });

  test('strips to the same segments, without symbols and debug information, to the same bytes each time', () => {
    const stripped = tool.strip(program);
    expect(tool.strip(program)).toEqual(stripped);
    const out = join(folder, 'stripped');
    writeFileSync(out, stripped);
    const segments = (file: string) =>
      execFileSync('readelf', ['-lW', file], { encoding: 'utf8' }).match(/^ +LOAD.*$/gm);
    expect(segments(out)).toEqual(segments(program));
    const code = (file: string) => execFileSync('objdump', ['-d', file], { encoding: 'utf8' }).match(/^ .*\t.*\t/gm);
    expect(code(out)).toEqual(code(program));
    const sections = execFileSync('readelf', ['-SW', out], { encoding: 'utf8' });
    expect(sections).not.toMatch(/debug|symtab|strtab(?<!shstrtab)/);
  });
});

test('rows of two origins are put in order, and may not claim the same address', () => {
  expect(mergeRows([['f0', 16, 0, 1]], [['100', 2, 1, 5], ['e0', 4, 1, 4]])).toEqual([['e0', 4, 1, 4], ['f0', 16, 0, 1], ['100', 2, 1, 5]]); // biome-ignore format: rows
  expect(() => mergeRows([['100', 4, 0, 1]], [['103', 1, 1, 1]])).toThrow('two lines claim the address 0x103');
});
