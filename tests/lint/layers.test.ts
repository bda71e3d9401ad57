/** Every rule of .dependency-cruiser.mjs finds the violation that it is there for, and nothing else in the same tree. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../scripts/setup/dependencies.mjs';

function inFolder<T>(files: Record<string, string>, use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'lint-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
function node(cwd: string, script: string, ...args: string[]) {
  return spawnSync(process.execPath, [join(ROOT, 'node_modules', script), ...args], { cwd, encoding: 'utf8' });
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

/** `rule: importing file` for every violation in the sound tree and what is added to it. */
function violations(added: Record<string, string> = {}): string[] {
  return inFolder({ ...SOUND, ...added }, (folder) => {
    const config = join(ROOT, '.dependency-cruiser.mjs');
    const command = ['--config', config, '-T', 'json', 'src', 'scripts'];
    const run = node(folder, 'dependency-cruiser/bin/dependency-cruiser.mjs', ...command);
    expect(run.stderr).toBe('');
    const { summary } = JSON.parse(run.stdout) as {
      summary: { violations: { rule: { name: string }; from: string }[] };
    };
    return summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`);
  });
}

/** Each is a module of its own, which breaks one rule by one import. */
const BREACHES: readonly [rule: string, from: string, to: string][] = [
  ['layer-wasm', 'src/emulator/wasm/a.ts', '../cpu/state.ts'],
  ['layer-isa', 'src/emulator/isa/a.ts', '../semantics/integer.ts'],
  ['layer-cpu', 'src/emulator/cpu/a.ts', '../engine/reference.ts'],
  ['layer-mmu', 'src/emulator/mmu/a.ts', '../semantics/integer.ts'],
  ['layer-semantics', 'src/emulator/semantics/a.ts', '../engine/reference.ts'],
  ['layer-helpers', 'src/emulator/helpers/a.ts', '../engine/reference.ts'],
  ['layer-engine', 'src/emulator/engine/a.ts', '../devices/uart.ts'],
  ['layer-firmware', 'src/emulator/firmware/a.ts', '../engine/reference.ts'],
  ['layer-debug', 'src/emulator/debug/a.ts', '../engine/reference.ts'],
  ['layer-devices', 'src/emulator/devices/a.ts', '../mmu/memory.ts'],
  ['layer-devices-types', 'src/emulator/devices/b.ts', '../engine/reference.ts'],
  ['emulator-is-a-library', 'src/emulator/a.ts', 'node:fs'],
  ['emulator-is-a-library', 'src/emulator/b.ts', '../literate/tangle.ts'],
  ['command-line-front', 'src/emulator/cli/a.ts', '../../components/panel.ts'],
  ['nobody-imports-the-front', 'src/emulator/c.ts', './cli.ts'],
  ['worker-above-machine', 'src/emulator/d.ts', './worker/protocol.ts'],
  ['client-knows-the-protocol-alone', 'src/emulator/worker/client.ts', '../machine.ts'],
  ['site-through-the-client', 'src/components/a.ts', '../emulator/machine.ts'],
  ['offline-through-the-client', 'src/components/machine/platform.offline.ts', '../../emulator/machine.ts'],
  ['protocol-is-types', 'src/components/b.ts', '../emulator/worker/protocol.ts'],
  ['literate-stands-alone', 'src/literate/a.ts', '../components/panel.ts'],
  ['no-tests-in-the-product', 'scripts/a.ts', '../tests/helper.ts'],
  ['resolvable', 'src/literate/b.ts', './nowhere.ts'],
  ['no-cycle', 'src/literate/c.ts', './d.ts'],
];

describe('the layers', () => {
  test('a sound tree passes', () => expect(violations()).toEqual([]));

  test('a module that nothing imports is found', () =>
    expect(violations({ 'src/emulator/cpu/lost.ts': 'export {};' })).toEqual(['no-orphan: src/emulator/cpu/lost.ts']));

  describe('breached', () => {
    let found: string[];
    beforeAll(() => {
      const files = Object.fromEntries(BREACHES.map(([, from, to]) => [from, `import '${to}';\n`]));
      found = violations({ ...files, 'src/literate/d.ts': "import './c.ts';", 'tests/helper.ts': 'export {};' });
    });
    test.each(BREACHES)('%s: %s may not import %s', (rule, from) => expect(found).toContain(`${rule}: ${from}`));
  });
});

describe('the emulator as a library', () => {
  const CASES = {
    sound: 'export const memory: WebAssembly.Memory | null = null;',
    document: 'export const t = document.title;',
    window: 'export const t = window.name;',
    'node:fs': "import fs from 'node:fs';\nexport { fs };",
    process: 'export const e = process.env;',
  };
  let complaints: string[];
  beforeAll(() => {
    const config = { extends: join(ROOT, 'src/emulator/tsconfig.json'), include: ['*.ts'], exclude: [] };
    const cases = Object.entries(CASES).map(([name, text]) => [`${name.replace(':', '-')}.ts`, text]);
    complaints = inFolder({ 'tsconfig.json': JSON.stringify(config), ...Object.fromEntries(cases) }, (folder) =>
      node(folder, 'typescript/bin/tsc', '-p', '.').stdout.split('\n'),
    );
  });
  test('has WebAssembly', () => expect(complaints.filter((line) => line.startsWith('sound.ts'))).toEqual([]));
  test.each(['document', 'window', 'node:fs', 'process'])('has no %s', (name) => {
    const file = `${name.replace(':', '-')}.ts`;
    expect(complaints.find((line) => line.startsWith(file))).toContain(`'${name}'`);
  });
});
