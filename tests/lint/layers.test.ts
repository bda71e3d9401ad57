/** Every rule of .dependency-cruiser.mjs finds the violation that it is there for, and nothing else in the same tree. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ROOT } from '../../scripts/setup/dependencies.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lint-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
function node(script: string, ...args: string[]) {
  return spawnSync(process.execPath, [join(ROOT, 'node_modules', script), ...args], { cwd: folder, encoding: 'utf8' });
}

/** A tree that follows every rule; each case adds to it. */
const SOUND = {
  'package.json': '{ "type": "module", "dependencies": {} }',
  'src/emulator/wasm/module.ts': 'export const encode = 1;',
  'src/emulator/cpu/state.ts': 'export const state = 1;',
  'src/emulator/mmu/memory.ts': "import { state } from '../cpu/state.ts';\nexport const memory = state;",
  'src/emulator/semantics/integer.ts':
    "import { encode } from '../wasm/module.ts';\nimport { state } from '../cpu/state.ts';\nexport const add = encode + state;",
  'src/emulator/engine/reference.ts': "import { add } from '../semantics/integer.ts';\nexport const step = add;",
  'src/emulator/devices/device.ts': 'export interface Bus { ports: number }',
  'src/emulator/devices/uart.ts': "import type { Bus } from './device.ts';\nexport const uart = (bus: Bus) => bus;",
  'src/emulator/machine.ts':
    "import { step } from './engine/reference.ts';\nimport { uart } from './devices/uart.ts';\nimport { memory } from './mmu/memory.ts';\nexport const machine = [step, uart, memory];",
  'src/emulator/cli.ts':
    "import { readFileSync } from 'node:fs';\nimport { machine } from './machine.ts';\nconsole.log(readFileSync, machine);",
  'src/emulator/worker/protocol.ts': 'export interface Request { type: string }',
  'src/emulator/worker/worker.ts':
    "import { machine } from '../machine.ts';\nimport type { Request } from './protocol.ts';\nexport const serve = (request: Request) => [machine, request];",
  'src/emulator/worker/client.ts':
    "import type { Request } from './protocol.ts';\nexport const send = (request: Request) => request;",
  'src/components/panel.ts': "import { send } from '../emulator/worker/client.ts';\nexport const panel = send;",
  'src/literate/tangle.ts': 'export const tangle = 1;',
  'src/literate/book.ts': "import { tangle } from './tangle.ts';\nexport const book = tangle;",
  'scripts/kernels.ts': "import { book } from '../src/literate/book.ts';\nconsole.log(book);",
};

function violations(extra: Record<string, string> = {}): string[] {
  write({ ...SOUND, ...extra });
  const config = join(ROOT, '.dependency-cruiser.mjs');
  const run = node('dependency-cruiser/bin/dependency-cruiser.mjs', '--config', config, '-T', 'json', 'src', 'scripts');
  expect(run.stderr).toBe('');
  const { summary } = JSON.parse(run.stdout) as { summary: { violations: { rule: { name: string }; from: string }[] } };
  return summary.violations.map(({ rule }) => rule.name);
}
const importing = (...paths: string[]): string => paths.map((path) => `import '${path}';`).join('\n');

describe('the layers', () => {
  test('a sound tree passes', () => expect(violations()).toEqual([]));

  test.each([
    ['layer-wasm', 'src/emulator/wasm/module.ts', '../cpu/state.ts'],
    ['layer-isa', 'src/emulator/isa/decode.ts', '../semantics/integer.ts'],
    ['layer-cpu', 'src/emulator/cpu/flags.ts', '../engine/reference.ts'],
    ['layer-mmu', 'src/emulator/mmu/walk.ts', '../semantics/integer.ts'],
    ['layer-semantics', 'src/emulator/semantics/string.ts', '../engine/reference.ts'],
    ['layer-helpers', 'src/emulator/helpers/far.ts', '../engine/reference.ts'],
    ['layer-engine', 'src/emulator/engine/interpreter.ts', '../devices/uart.ts'],
    ['layer-firmware', 'src/emulator/firmware/pvh.ts', '../engine/reference.ts'],
    ['layer-debug', 'src/emulator/debug/symbols.ts', '../engine/reference.ts'],
    ['layer-devices', 'src/emulator/devices/pit.ts', '../mmu/memory.ts'],
    ['layer-devices-types', 'src/emulator/devices/pit.ts', '../engine/reference.ts'],
    ['emulator-is-a-library', 'src/emulator/machine.ts', 'node:fs'],
    ['emulator-is-a-library', 'src/emulator/machine.ts', '../literate/tangle.ts'],
    ['command-line-front', 'src/emulator/cli.ts', '../components/panel.ts'],
    ['nobody-imports-the-front', 'src/emulator/worker/worker.ts', '../cli.ts'],
    ['worker-above-machine', 'src/emulator/machine.ts', './worker/protocol.ts'],
    ['client-knows-the-protocol-alone', 'src/emulator/worker/client.ts', '../machine.ts'],
    ['site-through-the-client', 'src/components/panel.ts', '../emulator/machine.ts'],
    ['protocol-is-types', 'src/components/panel.ts', '../emulator/worker/protocol.ts'],
    ['literate-stands-alone', 'src/literate/tangle.ts', '../components/panel.ts'],
    ['no-tests-in-the-product', 'scripts/kernels.ts', '../tests/helper.ts'],
    ['resolvable', 'src/literate/tangle.ts', './nowhere.ts'],
  ])('%s: %s may not import %s', (rule, from, to) => {
    expect(violations({ [from]: importing(to), 'tests/helper.ts': 'export {};' })).toContain(rule);
  });

  test('no-cycle', () => {
    expect(
      violations({
        'src/literate/a.ts': "import { b } from './b.ts';\nexport const a = () => b;",
        'src/literate/b.ts': "import { a } from './a.ts';\nexport const b = () => a;",
      }),
    ).toContain('no-cycle');
  });

  test('no-orphan', () => expect(violations({ 'src/emulator/cpu/lost.ts': 'export {};' })).toEqual(['no-orphan']));
});

describe('the emulator as a library', () => {
  const check = (source: string) => {
    write({
      'tsconfig.json': JSON.stringify({
        extends: join(ROOT, 'src/emulator/tsconfig.json'),
        include: ['*.ts'],
        exclude: [],
      }),
      'case.ts': source,
    });
    return node('typescript/bin/tsc', '-p', '.').stdout;
  };

  test('has WebAssembly', () => expect(check('export const memory: WebAssembly.Memory | null = null;')).toBe(''));
  test('has no document', () => expect(check('export const t = document.title;')).toContain("'document'"));
  test('has no window', () => expect(check('export const t = window.name;')).toContain("'window'"));
  test('has no Node module', () => expect(check("import fs from 'node:fs';\nexport { fs };")).toContain("'node:fs'"));
  test('has no process', () => expect(check('export const e = process.env;')).toContain("'process'"));
});
