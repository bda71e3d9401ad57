import { describe, expect, test } from 'vitest';
import { findCheckpoint } from '../../src/literate/book.ts';
import { readCargoOutput } from '../../src/literate/compiler-messages.ts';
import { bookOf, chapter, fence, mdxPath } from './book-of.ts';

const body = `${fence('file="src/main.rs"', 'fn main() {', '    <<body>>', '}')}
- In a list:

  \`\`\`rust chunk="body"
  let a: u32 = "a";
  \`\`\`

${fence('file="src/boot.s"', 'start:', '    movv eax, 1', '    call kernel_main')}`;
const book = bookOf(chapter(1, body));
const { tangled } = findCheckpoint(book, '01-test')!;
const FALLBACK = { path: mdxPath(1), line: 5 };

interface SpanDraft {
  file_name?: string;
  line?: number;
  column?: number;
  text?: string;
  is_primary?: boolean;
  label?: string | null;
  expansion?: { span: object } | null;
}

/** A span in the shape of rustc's JSON. */
function span({ file_name = 'src/main.rs', line = 2, column = 18, text = '', is_primary = true, ...rest }: SpanDraft) {
  return {
    file_name,
    line_start: line,
    line_end: line,
    column_start: column,
    column_end: column + 3,
    is_primary,
    label: rest.label ?? null,
    text: text === '' ? [] : [{ text, highlight_start: column, highlight_end: column + 3 }],
    expansion: rest.expansion ?? null,
  };
}

function read(...messages: object[]) {
  const output = messages.map((message) => JSON.stringify({ reason: 'compiler-message', message })).join('\n');
  return readCargoOutput(`   Compiling\n${output}\n`, tangled, FALLBACK).messages;
}

function diagnostic(rest: object): object {
  return { message: 'mismatched types', code: { code: 'E0308' }, level: 'error', spans: [], children: [], ...rest };
}

describe('a message of the compiler', () => {
  test('is told at its MDX line and column, past the indentation of chunk and list', () => {
    const text = '    let a: u32 = "a";';
    const [message] = read(diagnostic({ spans: [span({ text, label: 'expected `u32`' })] }));
    expect(book.problems).toEqual([]);
    const mdxLine = book.chapters[0]!.listings[1]!.lines[0]!.mdxLine;
    expect(message).toEqual({
      severity: 'error',
      text: [
        `${mdxPath(1)}:${mdxLine}:16: error[E0308]: mismatched types`,
        `  --> ${mdxPath(1)}:${mdxLine}:16`,
        `   | ${text}`,
        `   | ${' '.repeat(17)}^^^ expected \`u32\``,
      ].join('\n'),
    });
    // Column 16 of that MDX line is where the string begins.
    expect(chapter(1, body).text.split('\n')[mdxLine - 1]!.slice(15)).toBe('"a";');
  });

  test('from inside a macro of a library is told at the call', () => {
    const inside = span({ file_name: '/rustc/library/core/src/macros.rs', line: 900, expansion: { span: span({}) } });
    expect(read(diagnostic({ spans: [inside] }))[0]!.text).toMatch(/^src\/content.*:\d+:16: error/);
  });

  test('with the project’s folder in front is told at the same place', () => {
    const [plain, prefixed] = ['src/main.rs', '/kernel/src/main.rs'].map(
      (file_name) => read(diagnostic({ spans: [span({ file_name })] }))[0]!.text,
    );
    expect(prefixed).toBe(plain);
  });

  test('of the assembler, which knows no file, is told at the line with that text', () => {
    const note = { message: 'instantiated into assembly here', code: null, level: 'note', children: [] };
    const child = {
      ...note,
      spans: [span({ file_name: '<inline asm>', line: 3, column: 5, text: '    movv eax, 1' })],
    };
    const [message] = read(diagnostic({ message: "invalid mnemonic 'movv'", code: null, children: [child] }));
    expect(message!.text).toMatch(/^src\/content\S*:21:5: error: invalid mnemonic 'movv'/);
    expect(chapter(1, body).text.split('\n')[20]).toBe('    movv eax, 1');
  });

  test.each(["undefined reference to `kernel_main'", 'rust-lld: error: undefined symbol: kernel_main'])(
    'of the linker is told where the symbol is used: %s',
    (text) => {
      const child = { message: text, code: null, level: 'note', spans: [], children: [] };
      const [message] = read(diagnostic({ message: 'linking failed', code: null, children: [child] }));
      expect(message!.text).toMatch(/^src\/content\S*:22:10: error: linking failed/);
    },
  );

  test('without any place is told at the checkpoint', () => {
    const [message] = read(diagnostic({ message: 'no such target', code: null }));
    expect(message!.text).toBe(`${mdxPath(1)}:5: error: no such target`);
  });

  test('comes once, and summaries not at all', () => {
    const warning = diagnostic({ level: 'warning', code: null, message: 'unused', spans: [span({})] });
    const summaries = [
      diagnostic({ code: null, message: 'aborting due to 1 previous error' }),
      diagnostic({ code: null, level: 'warning', message: '2 warnings emitted' }),
      diagnostic({ code: null, level: 'failure-note', message: 'For more information ...' }),
    ];
    expect(read(warning, warning, ...summaries)).toMatchObject([{ severity: 'warning' }]);
  });
});

test('the program that Cargo has built', () => {
  const artifact = (name: string, executable: string | null) =>
    JSON.stringify({ reason: 'compiler-artifact', target: { name }, executable });
  const output = [artifact('spin', null), artifact('toy-os', '/x/toy-os'), artifact('boot-sector', '/x/boot-sector')];
  const { tangled: project } = findCheckpoint(
    bookOf(chapter(1, fence('file="Cargo.toml"', '[package]', 'name = "toy-os"'))),
    '01-test',
  )!;
  expect(readCargoOutput(output.join('\n'), project, FALLBACK)).toEqual({
    messages: [],
    executable: '/x/toy-os',
    others: ['/x/boot-sector'],
  });
});
