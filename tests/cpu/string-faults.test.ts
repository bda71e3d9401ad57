/**
 * Repeated string instructions that meet a page fault at each of their elements: the registers then say which elements are done, so
 * that the instruction can go on. In every address size, in both directions, with elements that cross into the page, beside the host.
 */
import { describe, expect, it } from 'vitest';
import { DF, IF, ZF } from '../../src/emulator/cpu/flags.ts';
import { differences, type Leniency } from './compare.ts';
import { RAX, RCX, RDI, RSI } from './draft.ts';
import * as L from './layout.ts';
import { type Case, host, type Outcome, runNatively, unavailable } from './native.ts';
import { createMachine } from './session.ts';

const reason = unavailable();
/** Elements before the fault, and in all. */
const ELEMENTS = 5;
const COUNT = 7n;

interface StringCase extends Case {
  name: string;
  leniency: Leniency;
}
interface Operation {
  mnemonic: string;
  /** Of bytes; the one for words is the next. */
  opcode: number;
  source: boolean;
  destination: 'read' | 'write' | null;
  prefixes: readonly number[];
}
const OPERATIONS: readonly Operation[] = [
  { mnemonic: 'movs', opcode: 0xa4, source: true, destination: 'write', prefixes: [0xf3, 0xf2] },
  { mnemonic: 'cmps', opcode: 0xa6, source: true, destination: 'read', prefixes: [0xf3] },
  { mnemonic: 'stos', opcode: 0xaa, source: false, destination: 'write', prefixes: [0xf3] },
  { mnemonic: 'lods', opcode: 0xac, source: true, destination: null, prefixes: [0xf3] },
  { mnemonic: 'scas', opcode: 0xae, source: false, destination: 'read', prefixes: [0xf3, 0xf2] },
];

/** Where writable and readable memory ends, upwards and downwards, for addresses of a size. */
function edge(addressSize: number, access: 'read' | 'write', down: boolean): number {
  const [start, size] = addressSize === 16 ? [L.LOW, L.PAGE] : [L.DATA, L.DATA_SIZE];
  if (down) return start;
  return start + size + (access === 'read' ? L.PAGE : 0);
}
/** A place from which element `n` is the first to reach over the edge, by `beyond` of its bytes at least. */
function startAt(limit: number, size: number, down: boolean, n: number, beyond: number): number {
  return down ? limit - beyond + n * size : limit - (n + 1) * size + beyond;
}

function* cases(): Generator<StringCase> {
  for (const mode of [64, 32, 16] as const)
    for (const narrow of [false, true]) {
      const addressSize = narrow ? (mode === 32 ? 16 : 32) : mode;
      if (addressSize === 16 && !host().low) continue;
      for (const size of mode === 64 ? [1, 2, 4, 8] : [1, 2, 4])
        for (const operation of OPERATIONS)
          for (const prefix of operation.prefixes)
            for (const down of [false, true])
              for (const side of ['source', 'destination'] as const)
                if (operation[side])
                  for (let n = 0; n <= ELEMENTS; n++)
                    for (const beyond of size === 1 ? [1] : [1, size])
                      yield stringCase(mode, addressSize, size, operation, prefix, down, side, n, beyond);
    }
}

function stringCase(
  mode: 64 | 32 | 16,
  addressSize: 16 | 32 | 64,
  size: number,
  operation: Operation,
  prefix: number,
  down: boolean,
  side: 'source' | 'destination',
  n: number,
  beyond: number,
): StringCase {
  const { mnemonic, opcode } = operation;
  const code = [prefix];
  if (addressSize !== mode) code.push(0x67);
  if (mode === 16 ? size === 4 : size === 2) code.push(0x66);
  if (size === 8) code.push(0x48);
  code.push(size === 1 ? opcode : opcode + 1);
  const access = side === 'source' ? 'read' : (operation.destination as 'read' | 'write');
  const faulting = startAt(edge(addressSize, access, down), size, down, n, beyond);
  // The other operand is well inside.
  const inside = (addressSize === 16 ? L.LOW : L.DATA) + 0x800;
  const gpr = Array.from({ length: 16 }, (_, i) => BigInt(i) * 0x1111n);
  gpr[RCX] = COUNT;
  gpr[RSI] = BigInt(side === 'source' ? faulting : inside);
  gpr[RDI] = BigInt(side === 'destination' ? faulting : inside);
  // Equal elements for CMPS and SCAS, unequal ones for REPNE SCAS.
  const isRepne = prefix === 0xf2 && mnemonic === 'scas';
  gpr[RAX] = isRepne ? 0x5a5a5a5a5a5a5a5an : 0n;
  const zeros = new Uint8Array(0x80);
  const patches = [faulting, inside].map((at) => patchAround(at, zeros)).filter((patch) => patch.data.length > 0);
  const above = mode === 64 && addressSize === 32;
  return {
    name: `${mnemonic} ${size * 8} bits, ${addressSize}-bit addresses in ${mode}-bit code, prefix ${prefix.toString(16)}, ${down ? 'down' : 'up'}, ${side} faults at element ${n} by ${beyond}`,
    mode,
    rip: L.CODE + 0x800,
    code: Uint8Array.from(code),
    gpr,
    rflags: 2 | IF | (down ? DF : 0) | (isRepne ? 0 : ZF),
    patches,
    fpu: null,
    leniency: {
      mnemonic,
      flags: 0,
      bits: () => 0n,
      memory: () => false,
      fpu: new Uint8Array(L.FPU_BYTES),
      movesBlock: false,
      isApproximate: false,
      narrowRepeat: above,
    },
  };
}

/** Data around an address, as far as memory is writable there. */
function patchAround(address: number, data: Uint8Array): { address: number; data: Uint8Array } {
  const area = L.WRITABLE.find(({ start, size }) => address + 0x40 >= start && address - 0x40 < start + size);
  if (!area) return { address, data: data.slice(0, 0) };
  const from = Math.max(address - 0x40, area.start);
  const to = Math.min(address + 0x40, area.start + area.size);
  return { address: from, data: data.slice(0, Math.max(0, to - from)) };
}

describe.skipIf(reason)(`faults of string instructions${reason ? ` (skipped: ${reason})` : ''}`, () => {
  it.each(['reference', 'interpreter'] as const)(
    '%s: the same elements are done',
    { timeout: 120_000 },
    async (engine) => {
      const machine = await createMachine(engine);
      const all = [...cases()];
      const outcomes = runNatively(all);
      const done = new Set<bigint>();
      const found: string[] = [];
      all.forEach((c, i) => {
        const native = outcomes[i] as Outcome;
        if (native.vector === 14) done.add(COUNT - (native.gpr[RCX] as bigint));
        // One of the two, without a pattern that the cases have too.
        const pace = Math.imul(i, 0x9e3779b1) < 0 ? 'step' : 'run';
        for (const line of differences(c, c.leniency, native, machine.execute(c, pace)))
          found.push(`${c.name} (${pace}): ${line}`);
      });
      expect(found.slice(0, 20)).toEqual([]);
      expect(outcomes.filter(({ vector }) => vector === 14).length).toBeGreaterThan(all.length * 0.7);
      expect([...done].sort()).toEqual([0n, 1n, 2n, 3n, 4n, 5n]);
    },
  );
});
