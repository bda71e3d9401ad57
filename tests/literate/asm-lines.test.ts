import { expect, test } from 'vitest';
import { isAssembly, labelLines, readLabels } from '../../src/literate/asm-lines.ts';
import { findCheckpoint } from '../../src/literate/book.ts';
import { bookOf, chapter, fence } from './book-of.ts';

function label(...lines: string[]): string[] {
  const book = bookOf(chapter(1, fence('file="boot.s"', ...lines)));
  return labelLines(findCheckpoint(book, '01-test')!.tangled.files[0]!, 7).trimEnd().split('\n');
}

test('instructions get a line label, directives an end label, and what emits nothing gets none', () => {
  expect(
    label(
      '.section .text',
      'start:',
      '    mov eax, 1 # one',
      '',
      '# comment: only',
      '1:  jmp 1b',
      '/* a: b */ nop',
      'size = 4',
      'end: .long 4 // four',
    ),
  ).toEqual([
    '__gap_7_1: .section .text',
    'start:',
    '__line_7_3:     mov eax, 1 # one',
    '',
    '# comment: only',
    '__line_7_6: 1:  jmp 1b',
    '__line_7_7: /* a: b */ nop',
    '__gap_7_8: size = 4',
    '__gap_7_9: end: .long 4 // four',
    '__gap_7_end:',
  ]);
});

test('what a macro repeats gets no label: it would be defined twice', () => {
  expect(label('.macro twice', '    nop', '.rept 2', '    nop', '.endr', '.endm', 'twice')).toEqual([
    '__gap_7_1: .macro twice',
    '    nop',
    '.rept 2',
    '    nop',
    '.endr',
    '.endm',
    '__line_7_7: twice',
    '__gap_7_end:',
  ]);
});

test('labels are read back as ranges; other symbols and empty ranges are not', () => {
  expect(
    readLabels([
      { name: '_start', address: '100000', size: 2 },
      { name: '__line_5_30', address: '100000', size: 2 },
      { name: '__gap_5_31', address: '100002', size: 6 },
      { name: '__line_6_2', address: '100008', size: 0 },
    ]),
  ).toEqual([{ address: '100000', length: 2, index: 5, line: 30 }]);
});

test('assembly is told by its extension', () => {
  expect(['a.s', 'b.S', 'c.asm', 'd.rs', 's'].filter(isAssembly)).toEqual(['a.s', 'b.S', 'c.asm']);
});
