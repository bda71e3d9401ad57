/** Cases that once went wrong, kept as plain data in corpus.json: they outlive changes to the generator. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Leniency, leniencyOf } from './compare.ts';
import { APPROXIMATE, BLOCKS } from './forms-x87.ts';
import type { GeneratedCase } from './generate.ts';
import { FPU_BYTES } from './layout.ts';
import type { Case, Outcome } from './native.ts';

interface Entry {
  /** What went wrong. */
  name: string;
  mnemonic: string;
  mode: 64 | 32 | 16;
  /** All numbers in hexadecimal. */
  rip: string;
  code: string;
  gpr: string[];
  rflags: string;
  patches: { address: string; data: string }[];
  /** x87, MMX and SSE state, and its undefined bits afterwards, where the case has such state. */
  fpu?: string;
  undefinedFpu?: string;
  /** RFLAGS that the manual leaves undefined after the case. */
  undefinedFlags: string;
}

export interface Regression {
  name: string;
  case: Case;
  leniency: Leniency;
}

const file = fileURLToPath(new URL('corpus.json', import.meta.url));
const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));
const hex = (data: Uint8Array) => Buffer.from(data).toString('hex');
const number = (text: string) => Number.parseInt(text, 16);

function readEntries(): Entry[] {
  return JSON.parse(readFileSync(file, 'utf8')) as Entry[];
}

export function readCorpus(): Regression[] {
  return readEntries().map((e) => ({
    name: e.name,
    case: {
      mode: e.mode,
      rip: number(e.rip),
      code: bytes(e.code),
      gpr: e.gpr.map((value) => BigInt(`0x${value}`)),
      rflags: number(e.rflags),
      patches: e.patches.map(({ address, data }) => ({ address: number(address), data: bytes(data) })),
      fpu: e.fpu === undefined ? null : bytes(e.fpu),
    },
    leniency: {
      mnemonic: e.mnemonic,
      flags: number(e.undefinedFlags),
      bits: () => 0n,
      memory: () => false,
      fpu: e.undefinedFpu === undefined ? new Uint8Array(FPU_BYTES) : bytes(e.undefinedFpu),
      topIsOpen: false,
      movesBlock: BLOCKS.has(e.mnemonic),
      isApproximate: APPROXIMATE.has(e.mnemonic),
      narrowRepeat: false,
    },
  }));
}

/** Appends a generated case. @throws Error if its result is not defined but for flags: such a case proves too little. */
export function addToCorpus(name: string, c: GeneratedCase, host: Outcome): void {
  const leniency = leniencyOf(c, host, host);
  if (c.gpr.some((_, i) => leniency.bits(i) !== 0n) || leniency.narrowRepeat)
    throw new Error('this case leaves more than flags undefined: choose another');
  const entry: Entry = {
    name,
    mnemonic: leniency.mnemonic,
    mode: c.mode,
    rip: c.rip.toString(16),
    code: hex(c.code),
    gpr: c.gpr.map((value) => value.toString(16)),
    rflags: c.rflags.toString(16),
    patches: c.patches.map(({ address, data }) => ({ address: address.toString(16), data: hex(data) })),
    ...(c.fpu && { fpu: hex(c.fpu), undefinedFpu: hex(leniency.fpu) }),
    undefinedFlags: leniency.flags.toString(16),
  };
  writeFileSync(file, `${JSON.stringify([...readEntries(), entry], null, 2)}\n`);
}
