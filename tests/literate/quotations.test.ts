/**
 * What the prose quotes is what the tools say. A `rust quote` fence that is followed by a `text` fence with an error is
 * compiled, and the compiler has to say those very words; machine code on a page is what objdump finds in the kernel.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../../scripts/setup/dependencies.mjs';
import { findRust, lockedToolchain, NoRustError, type RustToolchain } from '../../scripts/setup/rust.ts';
import { disassemble } from '../../src/components/code/disassembly.ts';
import { describeWith, STRICT } from '../support/environment.ts';

const CHAPTERS = join(ROOT, 'src/content/docs/chapters');
const MESSAGE = /^```rust quote\n((?:(?!^```).*\n)*)^```\n\n^```text\n(error(?:(?!^```).*\n)*)^```$/gm;

const messages = readdirSync(CHAPTERS).flatMap((chapter) =>
  [...readFileSync(join(CHAPTERS, chapter), 'utf8').matchAll(MESSAGE)].map(([, source, message]) => ({
    chapter,
    source: source!,
    message: message!,
    title: message!.split('\n')[0]!,
  })),
);

test('there is such a quotation, or the pattern has missed it', () => {
  expect(messages.map(({ chapter }) => chapter)).toContain('01-why-rust.mdx');
});

function toolchain(): RustToolchain | null {
  try {
    return findRust(lockedToolchain());
  } catch (error) {
    if (error instanceof NoRustError && !STRICT) return null;
    throw error;
  }
}

const found = toolchain();

describe.skipIf(found === null)('the compiler', () => {
  const rust = found!;

  test.each(messages)('says what $chapter quotes: $title', ({ source, message }) => {
    const folder = mkdtempSync(join(tmpdir(), 'quotation-'));
    try {
      const name = /--> ([\w.]+):/.exec(message)![1]!;
      writeFileSync(join(folder, name), source);
      const run = spawnSync(join(rust.bin, 'rustc'), ['--edition=2024', '--crate-type=lib', '--emit=metadata', name], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect(run.status).not.toBe(0);
      const said = run.stderr.split('\n\nerror: aborting')[0]!;
      // Another compiler may find other words for what it explains; the error itself stays.
      if (lockedToolchain()?.startsWith(`${rust.version},`)) expect(said).toBe(message.trimEnd());
      else expect(said.split('\n')[0]).toBe(message.split('\n')[0]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the two sums of chapter 1', () => {
  const [hand, iterator] = ['by_hand', 'by_iterator'].map((name) => disassemble('01-why-rust', name));

  test('are the same but for the description of a panic', () => {
    const different = hand!.filter(({ text }, index) => text !== iterator![index]?.text);
    expect(iterator).toHaveLength(hand!.length);
    expect(different.map(({ text }) => text)).toEqual([expect.stringMatching(/^mov rdi,0x[0-9a-f]+$/)]);
  });
});

describeWith(['binutils'], 'objdump', () => {
  test.each(['by_hand', 'by_iterator', 'copy_checked'])('finds the instructions of %s that the page shows', (name) => {
    const folder = join(ROOT, 'public/checkpoints/01-why-rust');
    const info = JSON.parse(readFileSync(join(folder, 'info.json'), 'utf8')) as {
      symbols: { name: string; address: string; size: number }[];
    };
    const { address, size } = info.symbols.find((symbol) => symbol.name === `toy_os::${name}`)!;
    const start = Number.parseInt(address, 16);
    const range = [`--start-address=${start}`, `--stop-address=${start + size}`];
    const kernel = join(folder, 'kernel.elf');
    const output = execFileSync('objdump', ['-d', '-M', 'intel', '--no-show-raw-insn', ...range, kernel], {
      encoding: 'utf8',
    });
    const theirs = [...output.matchAll(/^ *([0-9a-f]+):\t(\S+)/gm)].map(([, at, mnemonic]) => [
      Number.parseInt(at!, 16) - start,
      mnemonic,
    ]);
    expect(disassemble('01-why-rust', name).map(({ offset, text }) => [offset, text.split(' ')[0]])).toEqual(theirs);
  });
});
