/** Repeated string instructions that fault at a chosen element: by a page that is missing or read-only, or by a segment's limit. */
import { DF, IF, ZF } from '../../src/emulator/cpu/flags.ts';
import type { Leniency } from './compare.ts';
import { RAX, RCX, RDI, RSI } from './draft.ts';
import * as L from './layout.ts';
import { type Case, host } from './native.ts';

/** Elements before the fault at most, and in all. */
export const ELEMENTS = 5;
export const COUNT = 7n;

export interface StringCase extends Case {
  name: string;
  mnemonic: string;
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

interface Shape {
  mode: 64 | 32 | 16;
  addressSize: 16 | 32 | 64;
  /** Bytes of an element. */
  size: number;
  down: boolean;
}
function* shapes(): Generator<Shape> {
  for (const mode of [64, 32, 16] as const)
    for (const addressSize of mode === 64 ? ([64, 32] as const) : ([32, 16] as const))
      if (addressSize !== 16 || host().low)
        for (const size of mode === 64 ? [1, 2, 4, 8] : [1, 2, 4])
          for (const down of [false, true]) yield { mode, addressSize, size, down };
}

/** What ends where: the linear address behind the last byte (downwards: of the first), and the base of its segment. */
interface Edge {
  pointer: 'source' | 'destination';
  limit: number;
  base: number;
  /** Segment override. */
  override: number | null;
}
function* edges(operation: Operation, { mode, addressSize, down }: Shape): Generator<Edge> {
  const [start, size] = addressSize === 16 ? [L.LOW, L.PAGE] : [L.DATA, L.DATA_SIZE];
  const end = (access: 'read' | 'write') => start + size + (access === 'read' ? L.PAGE : 0);
  const page = { base: 0, override: null };
  if (operation.source) yield { ...page, pointer: 'source', limit: down ? start : end('read') };
  if (operation.destination)
    yield { ...page, pointer: 'destination', limit: down ? start : end(operation.destination) };
  if (mode === 64 || !operation.source) return;
  const [expandDown, limited] = L.LOCAL_DESCRIPTORS as [L.LocalDescriptor, L.LocalDescriptor];
  const beyondLimit = limited.base + (down ? 0 : limited.limit + 1);
  yield { pointer: 'source', limit: beyondLimit, base: limited.base, override: 0x65 };
  const lowest = expandDown.base + expandDown.limit + 1;
  if (down) yield { pointer: 'source', limit: lowest, base: expandDown.base, override: 0x64 };
}

export function* stringCases(): Generator<StringCase> {
  for (const shape of shapes())
    for (const operation of OPERATIONS)
      for (const edge of edges(operation, shape))
        for (const prefix of operation.prefixes)
          for (let done = 0; done <= ELEMENTS; done++)
            for (const beyond of shape.size === 1 ? [1] : [1, shape.size])
              yield stringCase(shape, operation, edge, prefix, done, beyond);
}

/** @param beyond bytes of the faulting element that lie over the edge */
function stringCase(
  shape: Shape,
  { mnemonic, opcode }: Operation,
  edge: Edge,
  prefix: number,
  done: number,
  beyond: number,
): StringCase {
  const { mode, addressSize, size, down } = shape;
  const code = [prefix];
  if (edge.override !== null) code.push(edge.override);
  if (addressSize !== mode) code.push(0x67);
  if (mode === 16 ? size === 4 : size === 2) code.push(0x66);
  if (size === 8) code.push(0x48);
  code.push(size === 1 ? opcode : opcode + 1);
  const faulting = down ? edge.limit - beyond + done * size : edge.limit + beyond - (done + 1) * size;
  const inside = (addressSize === 16 ? L.LOW : L.DATA) + 0x800;
  const gpr = Array.from({ length: 16 }, (_, i) => BigInt(i) * 0x1111n);
  gpr[RCX] = COUNT;
  const [near, far] = edge.pointer === 'source' ? [RSI, RDI] : [RDI, RSI];
  gpr[near] = BigInt.asUintN(addressSize, BigInt(faulting - edge.base));
  gpr[far] = BigInt(inside);
  // REPE SCAS looks for anything but zeros, REPNE for what is not there; CMPS compares equal elements.
  const isRepne = prefix === 0xf2 && mnemonic === 'scas';
  gpr[RAX] = isRepne ? 0x5a5a5a5a5a5a5a5an : 0n;
  return {
    name: `${mnemonic} of ${size} bytes (${Buffer.from(code).toString('hex')}, ${mode}-bit), ${edge.pointer} faults at element ${done} by ${beyond} ${down ? 'downwards' : ''}`,
    mnemonic,
    mode,
    rip: L.CODE + 0x800,
    code: Uint8Array.from(code),
    gpr,
    rflags: 2 | IF | (down ? DF : 0) | (isRepne ? 0 : ZF),
    patches: [zeros(faulting), mirror(faulting, inside)].filter(({ data }) => data.length > 0),
    fpu: null,
    leniency: {
      mnemonic,
      flags: 0,
      bits: () => 0n,
      memory: () => false,
      fpu: new Uint8Array(L.FPU_BYTES),
      topIsOpen: false,
      movesBlock: false,
      isApproximate: false,
      narrowRepeat: mode === 64 && addressSize === 32,
    },
  };
}

const REACH = 0x40;

/** Zeros around an address, as far as memory is writable there. */
function zeros(address: number): { address: number; data: Uint8Array } {
  const area = L.WRITABLE.find(({ start, size }) => address + REACH >= start && address - REACH < start + size);
  if (!area) return { address, data: new Uint8Array() };
  const from = Math.max(address - REACH, area.start);
  const to = Math.min(address + REACH, area.start + area.size);
  return { address: from, data: new Uint8Array(Math.max(0, to - from)) };
}
/** At one address what stands around the other: the zeros above, or what a read-only page holds. */
function mirror(from: number, to: number): { address: number; data: Uint8Array } {
  const byteAt = (address: number) => {
    const isConstant = L.CONSTANT.some(({ start, size }) => address >= start && address < start + size);
    return isConstant ? (L.pristineWord(address & ~3) >>> ((address & 3) * 8)) & 0xff : 0;
  };
  return { address: to - REACH, data: Uint8Array.from({ length: 2 * REACH }, (_, i) => byteAt(from - REACH + i)) };
}
