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
    ['-hdc x.img', 'option -hdc is not implemented yet'],
    ['-hda a -hda b', 'hard disk 0 is named twice'],
    ['-cdrom a -drive format=raw,file=b,media=cdrom', 'the CD-ROM is named twice'],
    ['-drive file=a', 'format=raw is the one'],
    ['-drive format=qcow2,file=a', 'format=raw is the one'],
    ['-drive format=raw', 'file= is missing'],
    ['-drive format=raw,file=a,if=virtio', 'if=virtio: must be ide or floppy'],
    ['-drive format=raw,file=a,cache=none', 'unknown property cache'],
    ['-drive format=raw,file=a,index=2', 'index 2: must be a whole number from 0 to 1'],
    ['-drive format=raw,file=a,media=cdrom,index=0', 'at index 2 alone'],
    ['-drive raw', "'raw' is no key=value"],
    ['-hda a -boot n', '-boot n: must be letters of a, c and d'],
    ['-hda a -boot cc', '-boot cc: must be letters'],
    ['-hda a -append x', '-append and -initrd are for a kernel'],
    ['-kernel k --after x', '--after without --keys'],
    ['-kernel k --display 10x10', 'must be 80x60 to 1280x1024'],
    ['-kernel k --display text', 'must be 80x60 to 1280x1024'],
    ['--checkpoint x --keys y', '--checkpoint brings its own disk and keys'],
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
  test.each(['--until', '--after'])('an empty text for %s', (option) => {
    expect(() => parseOptions(['-kernel', 'k', option, ''])).toThrow(`${option}: the text is empty`);
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

describe('media and keys', () => {
  test('drives by their short names and by -drive', () => {
    const { media } = parse('-hda a -drive format=raw,file=b -drive format=raw,file=c,media=cdrom -fda d -snapshot');
    expect(media).toEqual({ disks: ['a', 'b'], cdrom: 'c', floppy: 'd', snapshot: true });
    expect(parse('-drive format=raw,file=f,if=floppy -hdb h -hda g').media).toMatchObject({
      disks: ['g', 'h'],
      floppy: 'f',
    });
  });

  test('the order of booting, as QEMU takes it', () => {
    expect(parse('-hda a').bootOrder).toEqual(['c', 'a', 'd']);
    expect(parse('-hda a -boot d').bootOrder).toEqual(['d']);
    expect(parse('-hda a -boot order=dc').bootOrder).toEqual(['d', 'c']);
  });

  test('keys in order, each behind what it waits for', () => {
    const line = ['-kernel', 'k', '--after', 'toy>', '--keys', 'ls\\n', '--keys', 'a\\\\b', '-initrd', 'x one,y'];
    const { keys, modules } = parseOptions(line);
    expect(keys).toEqual([
      { at: null, after: 'toy>', strokes: ['l', 's', '\n'] },
      { at: null, after: null, strokes: ['a', '\\', 'b'] },
    ]);
    expect(modules).toEqual(['x one', 'y']);
  });

  test('the display', () => {
    expect(parse('-kernel k').displayMode).toBe('text');
    expect(parse('-kernel k --display 1024x768').displayMode).toEqual({ width: 1024, height: 768, bpp: 32 });
  });
});
