/** `bin/toyvm` as a process: what it prints, where, and its exit code. */
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { join, multiboot2Header, multiboot2Kernel, u8 } from '../firmware/elf-builder.ts';
import { asm, guest, message } from '../firmware/guest.ts';

const TOYVM = joinPath(import.meta.dirname, '../../bin/toyvm');
const COM1 = 0x3f8;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(joinPath(tmpdir(), 'toyvm-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: Uint8Array | string): string {
  const path = joinPath(folder, name);
  writeFileSync(path, content);
  return path;
}
function toyvm(...args: string[]): SpawnSyncReturns<string> {
  return spawnSync(TOYVM, args, { encoding: 'utf8', input: '', timeout: 50_000 });
}
/** The same program, but that its emulator lacks an instruction, as one does that is not finished. */
function toyvmWithoutRdpmc(...args: string[]): SpawnSyncReturns<string> {
  const hook = file(
    'without-rdpmc.mjs',
    `import { registerHooks } from 'node:module';
     registerHooks({
       load(url, context, next) {
         const loaded = next(url, context);
         const isSystem = url.endsWith('/helpers/system.ts');
         return isSystem ? { ...loaded, source: Buffer.from(loaded.source).toString().replace('rdpmc(', 'absent(') } : loaded;
       },
     });`,
  );
  const env = { ...process.env, NODE_OPTIONS: `--import ${pathToFileURL(hook)}` };
  return spawnSync(TOYVM, args, { encoding: 'utf8', input: '', timeout: 50_000, env });
}
const serial = (words: string) => join(...[...words].map((c) => asm.out(COM1, c.charCodeAt(0))));
/** Sets 8-bit words first, as a real line needs it. */
const line8 = asm.out(COM1 + 3, 3);
const halt = join(asm.cli, asm.hlt);

describe('a run', () => {
  test('prints the serial port, and exits with 0 when the kernel halts', () => {
    const run = toyvm('-kernel', file('serial.elf', guest(line8, serial('hi\n'), halt)));
    expect(run).toMatchObject({ stdout: 'hi\n', stderr: '', status: 0 });
  });

  test('prints the text screen with --screen, and the serial port only where it is asked for', () => {
    const kernel = file('both.elf', guest(line8, serial('serial\n'), message(0, 'screen'), halt));
    expect(toyvm('-kernel', kernel, '--screen').stdout).toBe('screen\n');
    expect(toyvm('-kernel', kernel, '-serial', 'stdio', '--screen').stdout).toBe('serial\nscreen\n');
    const log = joinPath(folder, 'serial.log');
    expect(toyvm('-kernel', kernel, '-serial', `file:${log}`).stdout).toBe('');
    expect(readFileSync(log, 'utf8')).toBe('serial\n');
    expect(toyvm('-kernel', kernel, '-serial', 'null', '-display', 'none')).toMatchObject({ stdout: '', stderr: '' });
  });

  test('-serial none takes the port away', () => {
    const run = toyvm('-kernel', file('no-serial.elf', guest(asm.out(COM1, 0x41), halt)), '-serial', 'none');
    expect(run).toMatchObject({
      stdout: '',
      stderr: 'toyvm: write to port 0x3f8 (serial port COM1): no device is there\n',
      status: 0,
    });
  });

  test('isa-debug-exit ends it with (value << 1) | 1', () => {
    const kernel = file('exit.elf', guest(asm.out(0xf4, 0x10), asm.spin));
    expect(toyvm('-kernel', kernel, '-device', 'isa-debug-exit,iobase=0xf4,iosize=0x04')).toMatchObject({
      status: 0x21,
      stderr: '',
    });
    const atDefault = file('exit-501.elf', guest(asm.out(0x501, 3), asm.spin));
    expect(toyvm('-kernel', atDefault, '-device', 'isa-debug-exit').status).toBe(7);
  });

  test('a triple fault is told in words, and exits with 2, or as QEMU with 0 under -no-reboot', () => {
    const kernel = file('ud2.elf', guest(asm.nop, asm.ud2));
    const run = toyvm('-kernel', kernel);
    expect(run.status).toBe(2);
    expect(run.stderr).toMatch(
      /^toyvm: triple fault at rip 0x0000000000101001 after \d+ instructions: the processor shut down\n {2}1\. #UD invalid opcode: .*\n/,
    );
    expect(run.stderr).toMatch('#DF double fault, error code 0x0');
    expect(toyvm('-kernel', kernel, '-no-reboot').status).toBe(0);
  });

  test('what is not implemented is named, and exits with 4', () => {
    const kernel = file('rdpmc.elf', guest(asm.nop, u8(0x0f, 0x33)));
    expect(toyvm('-kernel', kernel).status).toBe(2);
    const run = toyvmWithoutRdpmc('-kernel', kernel);
    expect(run.status).toBe(4);
    expect(run.stderr).toMatch(
      /^toyvm: not implemented: instruction rdpmc, at rip 0x0000000000101001, bytes 0f 33.*\n$/,
    );
  });

  test('the command line reaches the kernel', () => {
    // Boot information: total size, reserved, then the command line's tag: show from byte 16 on.
    const kernel = file('append.elf', guest(asm.cursor(0), u8(0x83, 0xc3, 16), asm.showMemory(4), halt));
    expect(toyvm('-kernel', kernel, '-append', 'AZ9', '--screen').stdout).toBe('415a3900\n');
  });
});

describe('how long', () => {
  test('--until stops when the screen or the serial port shows the text', () => {
    const kernel = file('until.elf', guest(line8, serial('seri'), message(0, 'abc'), serial('al'), asm.spin));
    expect(toyvm('-kernel', kernel, '--until', 'abc', '--timeout', '40').status).toBe(0);
    expect(toyvm('-kernel', kernel, '--until', 'serial', '--timeout', '40')).toMatchObject({
      status: 0,
      stdout: 'serial',
    });
  });

  test('a run that ends first exits with 8', () => {
    const run = toyvm('-kernel', file('short.elf', guest(message(0, 'abc'), halt)), '--until', 'xyz');
    expect(run).toMatchObject({
      status: 8,
      stderr: "toyvm: the run ended before the screen or the serial port showed 'xyz'\n",
    });
  });

  test('--timeout gives up with 124, after real seconds', () => {
    const run = toyvm('-kernel', file('spin.elf', guest(asm.spin)), '--timeout', '0.2');
    expect(run.status).toBe(124);
    expect(run.stderr).toMatch(/^toyvm: timed out after 0.2 s, \d+ instructions\n$/);
  });

  test('--for counts virtual seconds of 100 million instructions', () => {
    const state = joinPath(folder, 'for.json');
    const kernel = file('spin.elf', guest(asm.spin));
    expect(toyvm('-kernel', kernel, '--for', '0.012345', '--state', state).status).toBe(0);
    expect(JSON.parse(readFileSync(state, 'utf8'))).toMatchObject({
      instructions: 1_234_500,
      end: null,
      mode: 'protected',
    });
  });

  test('typed input reaches a kernel that polls, however late it comes', async () => {
    // again: in line status; test al, 1; jz again; in data; out data; jmp again
    const echo = join(asm.in(COM1 + 5), u8(0xa8, 1, 0x74, 0xf7), asm.in(COM1), u8(0xee, 0xeb, 0xef));
    const run = spawn(TOYVM, ['-kernel', file('echo.elf', guest(line8, echo)), '--until', 'quit', '--timeout', '40']);
    let output = '';
    run.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    const exited = new Promise<number | null>((resolve) => run.on('exit', resolve));
    run.stdin.write('one\n');
    await expect.poll(() => output, { timeout: 20_000 }).toBe('one\n');
    run.stdin.end('quit');
    expect(await exited).toBe(0);
    expect(output).toBe('one\nquit');
  });
});

describe('looking inside', () => {
  test('--state writes registers and how it ended', () => {
    const state = joinPath(folder, 'state.json');
    toyvm(
      '-kernel',
      file('state.elf', guest(u8(0xb8, 0x78, 0x56, 0x34, 0x12), message(2, 'x'), halt)),
      '--state',
      state,
    );
    expect(JSON.parse(readFileSync(state, 'utf8'))).toMatchObject({
      engine: 'interpreter',
      protocol: 'multiboot2',
      instructions: 4,
      mode: 'protected',
      end: { kind: 'halted' },
      registers: { rax: '0x12345678', rip: '0x101010', cr0: '0x11' },
      screen: { lines: ['  x', ...new Array(24).fill('')], cursor: { column: 0, row: 0 } },
    });
  });

  test('-d in_asm lists each instruction once, exec every one, into -D', () => {
    const log = joinPath(folder, 'trace.log');
    const kernel = file('loop.elf', guest(asm.wait(3), halt));
    expect(toyvm('-kernel', kernel, '-d', 'in_asm,exec,cpu_reset', '-D', log)).toMatchObject({ stderr: '', status: 0 });
    const lines = readFileSync(log, 'utf8').split('\n');
    expect(lines.filter((text) => /^0x/.test(text))).toEqual([
      expect.stringMatching(/^0x0000000000101000: b9 03 00 00 00 +mov ecx,0x3$/),
      expect.stringMatching(/^0x0000000000101005: e2 fe +loop 0x101005$/),
      expect.stringMatching(/^0x0000000000101007: fa +cli$/),
      expect.stringMatching(/^0x0000000000101008: f4 +hlt$/),
    ]);
    expect(lines.filter((text) => text.startsWith('exec'))).toEqual(
      ['000', '005', '005', '005', '007', '008'].map((rip, i) => `exec ${i} 0x0000000000101${rip}`),
    );
    expect(lines[0]).toBe('CPU reset');
    expect(lines).toContain('rax             0x36d76289');
  });

  test('-d int tells each exception of a triple fault', () => {
    const kernel = file('ud.elf', guest(Uint8Array.of(0x0f, 0x0b)));
    const { stderr, status } = toyvm('-kernel', kernel, '-d', 'int');
    expect(status).toBe(2);
    expect(stderr.split('\n').filter((text) => text.startsWith('int '))).toEqual([
      expect.stringMatching(/^int rip 0x0000000000101000.*: #UD invalid opcode: /),
      expect.stringMatching(/: #GP general protection, error code 0x33: /),
      // #UD is benign: the fault of its delivery is delivered in its turn, and only that makes a double fault.
      expect.stringMatching(/: #GP general protection, error code 0x6b: /),
      expect.stringMatching(/: #DF double fault, error code 0x0: #GP while delivering #GP/),
      expect.stringMatching(/: #GP general protection, error code 0x43: /),
    ]);
  });

  test('several engines run in lockstep', () => {
    const kernel = file('lock.elf', guest(asm.wait(25_000), message(0, 'same'), halt));
    const run = toyvm('-kernel', kernel, '--engine', 'reference,interpreter', '--screen');
    expect(run).toMatchObject({ stdout: 'same\n', stderr: '', status: 0 });
  });

  test('--protocol pvh boots by the PVH note', () => {
    // ebx points to the start information; its magic number is 0x336ec578.
    const kernel = file('pvh.elf', guest(asm.cursor(0), asm.showMemory(4), halt));
    expect(toyvm('-kernel', kernel, '--protocol', 'pvh', '--screen').stdout).toBe('78c56e33\n');
  });
});

describe('bad input: exit code 1 and one line', () => {
  const sound = () => file('sound.elf', multiboot2Kernel());
  test.each<[string, () => string[], RegExp]>([
    ['nothing', () => [], /nothing to boot: -kernel FILE, -hda, -cdrom or -fda IMAGE, or --checkpoint ID/],
    ['no such file', () => ['-kernel', '/nowhere/kernel.elf'], /cannot read \/nowhere\/kernel.elf: no such file/],
    ['a directory', () => ['-kernel', folder], /cannot read .*: not a regular file/],
    ['an endless device', () => ['-kernel', '/dev/zero'], /cannot read \/dev\/zero: not a regular file/],
    ['an empty file', () => ['-kernel', file('empty', '')], /not a kernel/],
    ['a text file', () => ['-kernel', file('text', 'hello\n')], /not a kernel/],
    ['a program of this machine', () => ['-kernel', process.execPath], /.+/],
    [
      'a truncated ELF',
      () => ['-kernel', file('cut.elf', multiboot2Kernel(multiboot2Header()).subarray(0, 0x1100))],
      /truncated ELF file/,
    ],
    [
      'a wrong checksum',
      () => ['-kernel', file('sum.elf', multiboot2Kernel(multiboot2Header(undefined, { checksum: 1 })))],
      /has checksum 0x1 where 0x17adaf12 is expected/,
    ],
    ['no end tag', () => ['-kernel', file('end.elf', multiboot2Kernel(multiboot2Header([])))], /has no end tag/],
    ['a kernel beyond RAM', () => ['-kernel', sound(), '-m', '1'], /lies outside RAM/],
    ['an unknown option', () => ['-kernel', sound(), '-frobnicate'], /unknown option -frobnicate/],
    [
      'a port of a device that is there',
      () => ['-kernel', sound(), '-device', 'isa-debug-exit,iobase=0x3f8'],
      /^toyvm: isa-debug-exit: port 0x3f8 is claimed by COM1/,
    ],
    ['an unwritable file', () => ['-kernel', sound(), '--state', '/nowhere/x.json'], /cannot write \/nowhere\/x.json/],
    ['an unwritable log', () => ['-kernel', sound(), '-serial', 'file:/nowhere/x'], /cannot write \/nowhere\/x/],
    ['an unknown checkpoint', () => ['--checkpoint', '../../etc'], /no checkpoint \.\.\/\.\.\/etc/],
  ])('%s', (_, args, message) => {
    const run = toyvm(...args());
    expect(run.stderr).toMatch(message);
    expect(run.stderr).toMatch(/^toyvm: [^\n]+\n$/);
    expect(run.stderr).not.toMatch(/defect|at .*\.ts/);
    expect(run).toMatchObject({ stdout: '', status: 1 });
  });
});

test('--help lists every option', () => {
  const { stdout, status } = toyvm('--help');
  expect(status).toBe(0);
  for (const option of [
    '-kernel',
    '-append',
    '-m ',
    '-serial',
    '-device',
    '-d ',
    '--until',
    '--checkpoint',
    '--engine',
  ])
    expect(stdout).toMatch(`\n  ${option}`);
});

test('runs through symlinks, from any folder, with an older Node first on PATH', () => {
  const links = joinPath(folder, 'links');
  mkdirSync(links);
  symlinkSync(TOYVM, joinPath(links, 'first'));
  symlinkSync('first', joinPath(links, 'vm with space'));
  const old = joinPath(links, 'node');
  writeFileSync(old, '#!/bin/sh\necho old node >&2\nexit 1\n', { mode: 0o755 });
  const run = spawnSync(joinPath(links, 'vm with space'), ['--help'], {
    encoding: 'utf8',
    cwd: links,
    env: { ...process.env, PATH: `${links}:/usr/bin:/bin` },
  });
  expect(run).toMatchObject({ stderr: '', status: 0 });
});

test('a reader that leaves early is no error', () => {
  const kernel = file('flood.elf', guest(line8, join(u8(0x66, 0xba, 0xf8, 0x03, 0xb0, 0x79), u8(0xee, 0xeb, 0xfd))));
  const run = spawnSync('sh', ['-c', `"${TOYVM}" -kernel "${kernel}" --timeout 40 | head -c 5`], { encoding: 'utf8' });
  expect(run).toMatchObject({ stdout: 'yyyyy', stderr: '', status: 0 });
});
