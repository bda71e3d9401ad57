import { describe, expect, test } from 'vitest';
import { helpText, parseOptions } from '../../src/emulator/cli/options.ts';
import { UsageError } from '../../src/emulator/cli/values.ts';

const parse = (line: string) => parseOptions(line.split(' '));

test('what QEMU’s options mean', () => {
  expect(
    parse(
      '-kernel k.elf -append a=1 -m 64 -cpu max -smp 1 -machine pc -serial file:s.log -display none -nic none -no-reboot ' +
        '-device isa-debug-exit,iobase=0xf4,iosize=0x04 -d in_asm,exec -D log.txt',
    ),
  ).toMatchObject({
    kernel: 'k.elf',
    commandLine: 'a=1',
    memoryMiB: 64,
    serial: { kind: 'file', path: 's.log' },
    debugExit: { port: 0xf4, size: 4 },
    noReboot: true,
    log: new Set(['in_asm', 'exec']),
    logFile: 'log.txt',
    engines: ['interpreter'],
  });
});

test('options of its own', () => {
  expect(
    parse(
      '--checkpoint 03-bootloader --until Hello --for 1.5 --timeout 10 --screen --state s.json --engine reference,interpreter',
    ),
  ).toMatchObject({
    checkpoint: '03-bootloader',
    until: 'Hello',
    forSeconds: 1.5,
    timeout: 10,
    screen: true,
    stateFile: 's.json',
    engines: ['reference', 'interpreter'],
  });
});

test.each([
  ['--kernel k', { kernel: 'k' }],
  ['-kernel k -M pc', { kernel: 'k' }],
  ['-kernel k -nographic', { serial: { kind: 'stdio' } }],
  ['-kernel k -m 64M', { memoryMiB: 64 }],
  ['-kernel k -m 2G', { memoryMiB: 2048 }],
  ['-kernel k -m size=16', { memoryMiB: 16 }],
  ['-kernel k -device isa-debug-exit', { debugExit: { port: 0x501, size: 2 } }],
  ['-help', { help: true }],
])('%s', (line, expected) => expect(parse(line)).toMatchObject(expected));

describe('refused, by name', () => {
  test.each([
    ['-cdrom x.iso', 'option -cdrom is not implemented yet'],
    ['-kernel k --keys abc', 'option --keys is not implemented yet'],
    ['kernel.elf', "'kernel.elf' is no option: a kernel is named by -kernel kernel.elf"],
    ['-kernel', '-kernel needs a value: -kernel FILE'],
    ['--constructor', 'unknown option --constructor'],
    ['-kernel k -cpu host', '-cpu host: only max is supported'],
    ['-kernel k -smp 2', '-smp 2: only 1 is supported'],
    ['-kernel k -machine q35', '-machine q35: only pc is supported'],
    ['-kernel k -display curses', '-display curses: only none is supported'],
    ['-kernel k -nic user', '-nic user: only none is supported'],
    ['-kernel k -serial pty', '-serial pty: not supported'],
    ['-kernel k -serial file:', '-serial file:: not supported'],
    ['-kernel k -m 0', '-m 0: must be 1 to 3584 MiB'],
    ['-kernel k -m 4G', '-m 4G'],
    ['-kernel k -m 1.5', '-m 1.5'],
    ['-kernel k -device e1000', '-device e1000: only isa-debug-exit is supported'],
    ['-kernel k -device isa-debug-exit,io=1', 'unknown property io'],
    ['-kernel k -device isa-debug-exit,iobase', "'iobase' is no key=value"],
    ['-kernel k -device isa-debug-exit,iosize=3', 'iosize must be 1, 2 or 4'],
    ['-kernel k -device isa-debug-exit,iobase=0x10000', 'must be a whole number from 0 to'],
    ['-kernel k -d in_asm,mmu', '-d mmu: not supported'],
    ['-kernel k -D log', '-D without -d'],
    ['-kernel k --engine jit', '--engine jit: not supported'],
    ['-kernel k --engine reference,reference', 'reference is named twice'],
    ['-kernel k --engine reference,interpreter -d exec', '-d with several engines'],
    ['-kernel k --protocol linux', '--protocol linux'],
    ['-kernel k --timeout -1', '--timeout -1: must be a positive number of seconds'],
    ['-kernel k --for 0', '--for 0'],
    ['-kernel k --for 1e99', '--for 1e99'],
    ['--checkpoint x -kernel y', 'exclude each other'],
    ['--screen', 'nothing to boot'],
  ])('%s', (line, message) => {
    expect(() => parse(line)).toThrow(UsageError);
    expect(() => parse(line)).toThrow(message);
  });
  test('an empty text for --until', () => {
    expect(() => parseOptions(['-kernel', 'k', '--until', ''])).toThrow('--until: the text is empty');
  });
});

test('the help has a line for every option, and fits a terminal', () => {
  const lines = helpText().split('\n');
  for (const option of [
    '-kernel FILE',
    '-append TEXT',
    '-m SIZE',
    '-device',
    '-d ITEM',
    '--until TEXT',
    '--engine NAME',
  ])
    expect(lines.some((line) => line.startsWith(`  ${option}`))).toBe(true);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(120);
});
