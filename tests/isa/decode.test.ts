import { describe, expect, test } from 'vitest';
import { decode } from '../../src/emulator/isa/decode.ts';
import { format } from '../../src/emulator/isa/format.ts';
import {
  type CodeSize,
  DecodeError,
  type Instruction,
  type MemoryOperand,
} from '../../src/emulator/isa/instruction.ts';
import { MNEMONICS } from '../../src/emulator/isa/mnemonics.ts';

function read(hex: string, codeSize: CodeSize = 64, address = 0x1000n): Instruction {
  const bytes = Uint8Array.from(hex.split(' '), (byte) => Number.parseInt(byte, 16));
  return decode(bytes, 0, address, codeSize);
}

function failure(hex: string, codeSize: CodeSize = 64): DecodeError {
  try {
    read(hex, codeSize);
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
  throw new Error(`${hex} was decoded`);
}

const reason = (hex: string, codeSize: CodeSize = 64) => failure(hex, codeSize).reason;
const memory = (instruction: Instruction) =>
  instruction.operands.find((operand): operand is MemoryOperand => operand.kind === 'memory')!;

describe('prefixes', () => {
  test('REX counts only right before the opcode', () => {
    expect(format(read('48 89 d8'))).toBe('mov rax,rbx');
    expect(format(read('48 66 89 d8'))).toBe('mov ax,bx');
    expect(format(read('48 41 89 d8'))).toBe('mov r8d,ebx');
  });

  test('REX.W overrules 66, and any REX makes spl of ah', () => {
    expect(read('66 48 89 d8').operandSize).toBe(64);
    expect(format(read('88 e0'))).toBe('mov al,ah');
    expect(format(read('40 88 e0'))).toBe('mov al,spl');
  });

  test('segment overrides of es, cs, ss and ds are ignored in 64-bit mode, fs and gs stay', () => {
    expect(read('2e 8b 03').segmentOverride).toBeNull();
    expect(memory(read('2e 8b 03')).segment).toBe('ds');
    expect(memory(read('64 2e 8b 03')).segment).toBe('fs');
    expect(memory(read('2e 8b 03', 32)).segment).toBe('cs');
    expect(memory(read('64 2e 8b 03', 32)).segment).toBe('cs');
  });

  test('the last of F2 and F3 is the mandatory prefix, and both overrule 66', () => {
    expect(read('66 0f 58 c1').mnemonic).toBe('addpd');
    expect(read('66 f3 0f 58 c1').mnemonic).toBe('addss');
    expect(read('f2 f3 0f 58 c1').mnemonic).toBe('addss');
    expect(read('f3 f2 0f 58 c1').mnemonic).toBe('addsd');
    expect(read('66 f3 0f b8 c1')).toMatchObject({ mnemonic: 'popcnt', operandSize: 16 });
  });

  test('F3 makes tzcnt of bsf, pause of nop, endbr64 of a hint', () => {
    expect(read('0f bc c1').mnemonic).toBe('bsf');
    expect(read('f3 0f bc c1').mnemonic).toBe('tzcnt');
    expect(read('f3 90').mnemonic).toBe('pause');
    expect(read('f3 0f 1e fa').mnemonic).toBe('endbr64');
    expect(read('0f 1e fa').mnemonic).toBe('nop');
  });

  test('a repetition is reported for string instructions alone', () => {
    expect(read('f3 48 a5')).toMatchObject({ mnemonic: 'movs', repeat: 'rep', elementWidth: 64, operands: [] });
    expect(read('f2 ae')).toMatchObject({ mnemonic: 'scas', repeat: 'repne', elementWidth: 8 });
    expect(read('f3 c3')).toMatchObject({ mnemonic: 'ret', repeat: 'none' });
  });

  test('LOCK needs a destination in memory of an instruction that can be locked', () => {
    expect(read('f0 01 03').lock).toBe(true);
    expect(read('f0 0f c7 0b').mnemonic).toBe('cmpxchg8b');
    for (const hex of ['f0 01 c3', 'f0 03 03', 'f0 39 03', 'f0 89 03', 'f0 90', 'f0 0f a3 03', 'f0 84 03'])
      expect(reason(hex), hex).toBe('undefined');
  });
});

describe('VEX', () => {
  test.each<[string, CodeSize, string]>([
    ['c4 e2 60 f2 c1', 64, 'andn eax,ebx,ecx'],
    ['c4 42 a0 f2 c1', 64, 'andn r8,r11,r9'],
    ['c4 e2 e0 f2 c1', 32, 'andn eax,ebx,ecx'],
    ['c4 e2 20 f2 c1', 32, 'andn eax,ebx,ecx'],
    ['64 67 c4 e2 60 f2 01', 64, 'andn eax,ebx,DWORD PTR fs:[ecx]'],
    ['c4 e3 fb f0 c1 3f', 64, 'rorx rax,rcx,0x3f'],
    ['c4 01', 32, 'les eax,FWORD PTR [ecx]'],
  ])('%s in %i-bit code is %s', (hex, codeSize, text) => expect(format(read(hex, codeSize))).toBe(text));

  test('66, F2, F3, LOCK and REX before it, L, an operand too many and an unknown map are undefined', () => {
    for (const prefix of ['66', 'f2', 'f3', 'f0', '48']) expect(reason(`${prefix} c4 e2 60 f2 c1`)).toBe('undefined');
    expect(reason('c4 e2 64 f2 c1')).toBe('undefined');
    expect(reason('c4 e3 f3 f0 c1 3f')).toBe('undefined');
    expect(reason('c4 e4 60 f2 c1 00')).toBe('undefined');
    expect(reason('66 66 66 66 66 66 66 66 66 66 66 c4 e2 60 f2 c1')).toBe('too-long');
  });
});

describe('operand and address size', () => {
  test.each<[string, CodeSize, string, number]>([
    ['50', 64, 'push rax', 64],
    ['66 50', 64, 'push ax', 16],
    ['48 50', 64, 'push rax', 64],
    ['50', 32, 'push eax', 32],
    ['66 50', 16, 'push eax', 32],
    ['6a ff', 64, 'push 0xffffffffffffffff', 64],
    ['6a ff', 32, 'push 0xffffffff', 32],
    ['66 6a ff', 64, 'pushw 0xffff', 16],
    ['66 c3', 64, 'ret', 64],
    ['66 ff d0', 64, 'call rax', 64],
    ['66 ff d0', 32, 'call ax', 16],
    ['0f 20 c0', 64, 'mov rax,cr0', 64],
    ['66 0f 22 d8', 64, 'mov cr3,rax', 64],
    ['44 0f 20 c0', 64, 'mov rax,cr8', 64],
    ['0f 22 d8', 32, 'mov cr3,eax', 32],
    ['48 ed', 64, 'in eax,dx', 64],
    ['48 98', 64, 'cdqe', 64],
    ['98', 64, 'cwde', 32],
    ['99', 16, 'cwd', 16],
    ['48 b8 88 77 66 55 44 33 22 11', 64, 'mov rax,0x1122334455667788', 64],
    ['48 c7 c0 ff ff ff ff', 64, 'mov rax,0xffffffffffffffff', 64],
    ['48 cf', 64, 'iretq', 64],
    ['cf', 32, 'iret', 32],
    ['66 cf', 32, 'iretw', 16],
    ['48 63 c1', 64, 'movsxd rax,ecx', 64],
    ['48 0f be c1', 64, 'movsx rax,cl', 64],
    ['0f b7 c1', 64, 'movzx eax,cx', 32],
    ['c8 10 00 01', 64, 'enter 0x10,0x1', 64],
    ['ea 78 56 34 12 08 00', 32, 'jmp 0x8:0x12345678', 32],
    ['ea 34 12 08 00', 16, 'jmp 0x8:0x1234', 16],
    ['c4 03', 32, 'les eax,FWORD PTR [ebx]', 32],
    ['0f 01 10', 32, 'lgdtd [eax]', 32],
    ['0f 00 d8', 64, 'ltr ax', 32],
  ])('%s in %i-bit code is %s', (hex, codeSize, text, operandSize) => {
    const instruction = read(hex, codeSize);
    expect(format(instruction)).toBe(text);
    expect(instruction.operandSize).toBe(operandSize);
    expect(instruction.length).toBe(hex.split(' ').length);
  });

  test('jcxz and loop count by address size', () => {
    expect(read('e3 00')).toMatchObject({ mnemonic: 'jcxz', addressSize: 64 });
    expect(format(read('67 e3 00'))).toBe('jecxz 0x1003');
    expect(read('67 e2 00')).toMatchObject({ mnemonic: 'loop', addressSize: 32 });
    expect(read('67 e2 00', 32)).toMatchObject({ mnemonic: 'loop', addressSize: 16 });
  });

  test('in and out have an element width, whatever REX.W says', () => {
    expect(read('48 ed').elementWidth).toBe(32);
    expect(read('66 ef').elementWidth).toBe(16);
    expect(read('e6 80').elementWidth).toBe(8);
    expect(read('48 6d').elementWidth).toBe(32);
  });
});

describe('memory operands', () => {
  test('the segment is that of the base', () => {
    expect(memory(read('8b 04 24')).segment).toBe('ss');
    expect(memory(read('8b 45 00')).segment).toBe('ss');
    expect(memory(read('41 8b 45 00')).segment).toBe('ds');
    expect(memory(read('41 8b 04 24')).segment).toBe('ds');
    expect(memory(read('8b 02', 16)).segment).toBe('ss');
    expect(memory(read('8b 06 34 12', 16))).toMatchObject({
      segment: 'ds',
      base: -1,
      index: -1,
      displacement: 0x1234n,
    });
  });

  test('specials of ModRM and SIB', () => {
    expect(memory(read('8b 05 fc ff ff ff'))).toMatchObject({ ripRelative: true, base: -1, displacement: -4n });
    expect(memory(read('8b 05 fc ff ff ff', 32))).toMatchObject({ ripRelative: false, base: -1, displacement: -4n });
    expect(memory(read('8b 04 25 00 00 00 80'))).toMatchObject({ base: -1, index: -1, displacement: -0x80000000n });
    expect(memory(read('8b 04 65 08 00 00 00'))).toMatchObject({ base: -1, index: -1 });
    expect(memory(read('42 8b 04 60'))).toMatchObject({ base: 0, index: 12, scale: 2 });
    expect(memory(read('43 8b 04 6d 08 00 00 00'))).toMatchObject({ base: -1, index: 13, scale: 2 });
    expect(format(read('a1 88 77 66 55 44 33 22 11'))).toBe('mov eax,DWORD PTR ds:0x1122334455667788');
    expect(format(read('67 a1 44 33 22 11'))).toBe('mov eax,DWORD PTR ds:0x11223344');
  });

  test('addresses that are not accessed have width 0', () => {
    for (const hex of ['8d 03', '0f 01 3b', '0f 1f 00', '0f 18 0b']) expect(memory(read(hex)).width, hex).toBe(0);
    expect(memory(read('0f 01 13')).width).toBe(80);
    expect(memory(read('0f 01 13', 32)).width).toBe(48);
  });
});

describe('immediates', () => {
  const value = (hex: string, codeSize: CodeSize = 64) => read(hex, codeSize).operands.at(-1);

  test('arithmetic is signed, counts, ports and vectors are not', () => {
    expect(value('83 c0 ff')).toEqual({ kind: 'immediate', value: -1n, width: 32 });
    expect(value('48 81 c0 ff ff ff ff')).toEqual({ kind: 'immediate', value: -1n, width: 64 });
    expect(value('04 80')).toEqual({ kind: 'immediate', value: -128n, width: 8 });
    expect(value('cd 80')).toEqual({ kind: 'immediate', value: 128n, width: 8 });
    expect(value('e4 f0')).toEqual({ kind: 'immediate', value: 0xf0n, width: 8 });
    expect(value('c1 e0 ff')).toEqual({ kind: 'immediate', value: 255n, width: 8 });
    expect(value('d1 e0')).toEqual({ kind: 'immediate', value: 1n, width: 8 });
    expect(value('c2 f0 ff')).toEqual({ kind: 'immediate', value: 0xfff0n, width: 16 });
    expect(value('66 f7 c8 00 80')).toEqual({ kind: 'immediate', value: -0x8000n, width: 16 });
  });

  test('near targets wrap at the operand size', () => {
    expect(read('eb fe').operands).toEqual([{ kind: 'relative', target: 0x1000n }]);
    expect(read('e9 00 00 00 80', 32, 0n).operands).toEqual([{ kind: 'relative', target: 0x80000005n }]);
    expect(read('eb fd', 16, 0n).operands).toEqual([{ kind: 'relative', target: 0xffffn }]);
    expect(read('66 eb fc', 32, 0x12345678n).operands).toEqual([{ kind: 'relative', target: 0x5677n }]);
    expect(read('66 e9 00 00 00 00', 64).length).toBe(6);
    expect(read('eb fd', 64, 0n).operands).toEqual([{ kind: 'relative', target: 0xffff_ffff_ffff_ffffn }]);
  });
});

describe('names', () => {
  test('90 is nop unless REX.B makes it an exchange with r8', () => {
    expect(read('90').mnemonic).toBe('nop');
    expect(read('48 90').mnemonic).toBe('nop');
    expect(format(read('41 90'))).toBe('xchg r8d,eax');
    expect(read('91').mnemonic).toBe('xchg');
    expect(read('87 c0').mnemonic).toBe('xchg');
  });

  test('conditions are no part of the mnemonic', () => {
    expect(read('0f 84 00 00 00 00')).toMatchObject({ mnemonic: 'jcc', condition: 4 });
    expect(read('0f 9f c0')).toMatchObject({ mnemonic: 'setcc', condition: 15 });
    expect(read('0f 42 c1')).toMatchObject({ mnemonic: 'cmovcc', condition: 2 });
    expect(read('90').condition).toBe(-1);
  });

  test('sal and the second test are aliases', () => {
    expect(read('c1 f0 04').mnemonic).toBe('shl');
    expect(read('f6 c8 01').mnemonic).toBe('test');
  });

  test('cmpxchg16b needs REX.W', () => {
    expect(read('0f c7 0b').mnemonic).toBe('cmpxchg8b');
    expect(read('48 0f c7 0b').mnemonic).toBe('cmpxchg16b');
  });

  test('far branches have names of their own', () => {
    expect(read('ff 2b', 32).mnemonic).toBe('jmpf');
    expect(read('ff 1b', 32).mnemonic).toBe('callf');
    expect(read('cb').mnemonic).toBe('retf');
    expect(read('9a 00 00 00 00 08 00', 32).mnemonic).toBe('callf');
  });

  test('the list is sorted and without repetition', () => {
    expect(MNEMONICS).toEqual([...new Set(MNEMONICS)].sort());
    for (const name of ['add', 'jcc', 'movs', 'lgdt', 'fld', 'pxor', 'addps']) expect(MNEMONICS).toContain(name);
  });
});

describe('what is no instruction', () => {
  test.each<[string, CodeSize]>([
    ['8d c0', 64], // lea with a register
    ['8e c8', 64], // mov to cs
    ['8e f0', 64], // mov to a segment register that does not exist
    ['0f 20 c8', 64], // mov from cr1
    ['44 0f 20 c8', 64], // mov from cr9
    ['44 0f 21 c0', 64], // mov from dr8
    ['06', 64],
    ['27', 64],
    ['60', 64],
    ['9a 00 00 00 00 00 00', 64],
    ['ea 00 00 00 00 00 00', 64],
    ['82 c0 00', 64],
    ['c6 c8 00', 64],
    ['8f c8', 64],
    ['fe d0', 64],
    ['ff f8', 64],
    ['ff d8', 64], // far call through a register
    ['0f 01 d8', 64], // vmrun
    ['0f c7 c8', 64], // cmpxchg8b with a register
    ['0f 05', 32],
    ['0f 01 f8', 32], // swapgs
    ['0f b8 c0', 64], // popcnt without F3
    ['0f 04', 64],
    ['c5 c0', 32], // mod 3: VEX
    ['62 c0', 32],
  ])('%s in %i-bit code is undefined', (hex, codeSize) => {
    expect(reason(`${hex} 00 00 00 00 00 00`, codeSize)).toBe('undefined');
  });

  test('the message says what stands there', () => {
    expect(failure('c5 f8 58 c1').message).toMatch(/VEX/);
    expect(failure('62 f1 7c 48 58 c1').message).toMatch(/EVEX/);
    expect(failure('06').message).toBe('06: not valid in 64-bit mode');
    expect(failure('0f 05', 32).message).toBe('0f 05: valid in 64-bit mode alone');
    expect(failure('0f 04').message).toBe('0f 04: no instruction has this opcode');
    expect(failure('f0 01 c3').message).toBe('f0 01 c3: add cannot be locked with a register destination');
  });

  test('an instruction has at most 15 bytes', () => {
    const prefixes = (count: number) => new Array(count).fill('3e').join(' ');
    expect(read(`${prefixes(14)} 90`).length).toBe(15);
    expect(reason(`${prefixes(15)} 90`)).toBe('too-long');
    expect(reason(`${prefixes(9)} 81 c0 00 00 00`)).toBe('truncated');
    expect(reason(`${prefixes(10)} 81 c0 00 00 00 00`)).toBe('too-long');
  });

  test('bytes that end inside an instruction are truncated, at every byte', () => {
    const bytes = '66 f3 48 0f bc 84 88 78 56 34 12'.split(' ');
    expect(read(bytes.join(' ')).length).toBe(bytes.length);
    for (let n = 1; n < bytes.length; n++) expect(reason(bytes.slice(0, n).join(' '))).toBe('truncated');
  });
});

describe('disassembly text', () => {
  test('names branch targets and rip-relative addresses by symbol', () => {
    const symbol = (address: bigint) => (address === 0x1005n ? 'main' : address === 0x2007n ? 'STATE+0x7' : undefined);
    expect(format(read('e8 00 00 00 00'), { symbol })).toBe('call 0x1005 <main>');
    expect(format(read('e8 01 00 00 00'), { symbol })).toBe('call 0x1006');
    expect(format(read('48 8b 05 00 10 00 00'), { symbol })).toBe(
      'mov rax,QWORD PTR [rip+0x1000] # 0x2007 <STATE+0x7>',
    );
  });

  test.each<[string, string]>([
    ['f3 48 ab', 'rep stos QWORD PTR es:[rdi],rax'],
    ['f3 a6', 'repz cmps BYTE PTR ds:[rsi],BYTE PTR es:[rdi]'],
    ['64 a4', 'movs BYTE PTR es:[rdi],BYTE PTR fs:[rsi]'],
    ['f0 0f b1 0b', 'lock cmpxchg DWORD PTR [rbx],ecx'],
    ['8d 44 8b f0', 'lea eax,[rbx+rcx*4-0x10]'],
    ['d7', 'xlat BYTE PTR ds:[rbx]'],
    ['0f c2 c1 02', 'cmpleps xmm0,xmm1'],
    ['d8 c1', 'fadd st,st(1)'],
  ])('%s is %s', (hex, text) => expect(format(read(hex))).toBe(text));
});
