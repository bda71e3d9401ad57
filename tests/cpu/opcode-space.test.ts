/** Which opcodes exist, and which of them LOCK may precede: the emulator against the processor that runs this test. */
import { describe, expect, it } from 'vitest';
import { EXTENSIONS } from '../isa/divergences.ts';
import { disassemble } from './compare.ts';
import { CODE, CODE_SIZE } from './layout.ts';
import { type EmulatedMachine, NoOutcome } from './machine.ts';
import { host, runNatively, unavailable } from './native.ts';
import { caseFor, everyEncoding } from './opcode-space.ts';
import { createMachine } from './session.ts';

const reason = unavailable();
const UD = 6;
const LOCK = 0xf0;
const hex = (bytes: readonly number[]) => bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');

/** What processors of other makers than Intel do otherwise. `ours` and `theirs`: is it undefined? */
const VENDOR_DIFFERENCES: { encoding: RegExp; undefinedHere: boolean; because: string }[] = [
  { encoding: /^((66|f2|f3) )?0f 0d [c-f]/, undefinedHere: true, because: 'APM volume 3, PREFETCH: memory alone' },
  { encoding: /^((66|f2|f3) )?0f 07 /, undefinedHere: false, because: 'APM volume 3, SYSRET: in all modes' },
  { encoding: /^f0 ((66|f2|f3) )?0f 00 2f/, undefinedHere: false, because: 'VERW tolerates LOCK' },
  {
    encoding: /^f0 ((66|f2|f3) )?0f 2[02] /,
    undefinedHere: false,
    because: 'APM volume 3, MOV CRn: LOCK makes CR8 of CR0',
  },
];
function isVendors(encoding: string, undefinedHere: boolean): boolean {
  if (host().vendor === 'GenuineIntel') return false;
  return VENDOR_DIFFERENCES.some((d) => d.undefinedHere === undefinedHere && d.encoding.test(encoding));
}
/** An instruction of an extension that the host has and the emulator's CPUID does not announce. */
function isExtension(encoding: readonly number[], mode: 64 | 32 | 16): boolean {
  const code = Uint8Array.from([...encoding, 0, 0, 0, 0, 0, 0]);
  const text = disassemble(code, mode, 0)
    .split(';')[0]!
    .replace(/^((data16|data32|repn?z|rex\S*|lock) )+/, '');
  return Object.values(EXTENSIONS).some((names) => names.test(text));
}

/** Null where it stops by name: an instruction that is not there yet. */
function isUndefinedHere(machine: EmulatedMachine, encoding: readonly number[], mode: 64 | 32 | 16): boolean | null {
  try {
    return machine.execute(caseFor(encoding, mode), 'step').vector === UD;
  } catch (error) {
    if (error instanceof NoOutcome && error.message.startsWith('not implemented')) return null;
    throw error;
  }
}

async function differing(encodings: readonly number[][], mode: 64 | 32 | 16): Promise<string[]> {
  const machine = await createMachine('reference');
  const outcomes = runNatively(encodings.map((encoding) => caseFor(encoding, mode)));
  const found: string[] = [];
  encodings.forEach((encoding, i) => {
    const theirs = outcomes[i]?.vector === UD;
    const ours = isUndefinedHere(machine, encoding, mode);
    if (ours === null || ours === theirs || isVendors(hex(encoding), theirs)) return;
    if (ours && isExtension(encoding, mode)) return;
    found.push(`${hex(encoding)}: ${ours ? 'undefined, and the host has it' : 'the host has it not'}`);
  });
  return found;
}

describe.skipIf(reason)(`the opcode space${reason ? ` (skipped: ${reason})` : ''}`, () => {
  it.each([64, 32, 16] as const)(
    '%i-bit code has the opcodes that the host has',
    { timeout: 300_000 },
    async (mode) => {
      const encodings = [...everyEncoding(mode)];
      expect(encodings.length).toBeGreaterThan(8000);
      expect(await differing(encodings, mode)).toEqual([]);
    },
  );
  it.each([64, 32] as const)(
    'LOCK in %i-bit code may precede what it may on the host',
    { timeout: 300_000 },
    async (mode) => {
      const encodings = [...everyEncoding(mode)].map((encoding) => [LOCK, ...encoding]);
      expect(await differing(encodings, mode)).toEqual([]);
    },
  );
  it.each([64, 32, 16] as const)('%i-bit code is fetched whole before it is undefined', async (mode) => {
    const machine = await createMachine('reference');
    // Opcode and ModRM at the end of the code, whose displacement and immediate lie beyond.
    const cases = UNDEFINED_AND_LONG.map((encoding) => {
      const code = Uint8Array.from(encoding);
      return { ...caseFor(encoding, mode), code, rip: CODE + CODE_SIZE - code.length };
    });
    const ours = cases.map((c) => machine.execute(c, 'step').vector);
    expect(ours).toEqual(runNatively(cases).map(({ vector }) => vector));
    expect(ours).not.toContain(UD);
  });
});

/** Forms that do not exist of opcodes that do, with a displacement of as many bits as addresses have. */
const UNDEFINED_AND_LONG = [
  [0xff, 0xbd],
  [0xfe, 0x95],
  [0xc7, 0x8d],
  [0x8c, 0xb5],
  [0x0f, 0xc7, 0x85],
  [0x66, 0x0f, 0xc3, 0x85],
  [0xf3, 0x0f, 0xc3, 0x85],
  [0xf2, 0x0f, 0x13, 0x85],
  [0x66, 0x0f, 0x38, 0xff, 0x85],
  [0xf0, 0x8b, 0x85],
];
