/** Fetching and decoding at the instruction pointer. */
import type { Cpu } from '../cpu/cpu.ts';
import { generalProtection, invalidOpcode, Unsupported } from '../cpu/exceptions.ts';
import { SegmentAttribute } from '../cpu/state.ts';
import { decode } from '../isa/decode.ts';
import { DecodeError, type Instruction } from '../isa/instruction.ts';

const MAX_LENGTH = 15;
const PAGE = 4096;

export interface Fetched {
  instruction: Instruction;
  /** Physical address of the first byte, and of the second page's first byte if the instruction reaches into it, else -1. */
  physical: number;
  secondPage: number;
}

/** @throws GuestException #PF, #GP or #UD; Unsupported */
export function fetchInstruction(cpu: Cpu, address: bigint): Fetched {
  const { state } = cpu;
  const { codeSize } = state;
  requireSupportedCode(cpu);
  const physical = translateFetch(cpu, address);
  const inPage = PAGE - (physical % PAGE);
  const first = codeBytes(cpu, physical, Math.min(inPage, MAX_LENGTH));
  try {
    return { instruction: decode(first, 0, address, codeSize), physical, secondPage: -1 };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    if (error.reason !== 'truncated' || first.length === MAX_LENGTH) throw asException(error);
  }
  const secondPage = translateFetch(cpu, BigInt.asUintN(codeSize, address + BigInt(first.length)));
  const bytes = new Uint8Array(MAX_LENGTH);
  bytes.set(first);
  bytes.set(codeBytes(cpu, secondPage, MAX_LENGTH - first.length), first.length);
  try {
    return { instruction: decode(bytes, 0, address, codeSize), physical, secondPage };
  } catch (error) {
    throw error instanceof DecodeError ? asException(error) : error;
  }
}

export function translateFetch(cpu: Cpu, address: bigint): number {
  return cpu.linear.paging.translate(address, { write: false, execute: true, user: cpu.state.cpl === 3 });
}

function requireSupportedCode(cpu: Cpu): void {
  const { state } = cpu;
  if (state.mode === 'real') throw new Unsupported('real mode');
  if (state.codeSize === 64) return;
  if (state.codeSize === 16) throw new Unsupported('16-bit code');
  const code = state.segment('cs');
  if (code.base !== 0n || code.limit !== 0xffffffff || !(code.attributes & SegmentAttribute.P))
    throw new Unsupported('a code segment that is not flat');
}

/** Code outside RAM reads as all ones. */
function codeBytes(cpu: Cpu, physical: number, length: number): Uint8Array {
  const memory = cpu.linear.physical;
  if (memory.contains(physical, length)) return memory.bytes.subarray(physical, physical + length);
  cpu.linear.onUnbacked(physical, false);
  return new Uint8Array(length).fill(0xff);
}

function asException(error: DecodeError): Error {
  return error.reason === 'too-long'
    ? generalProtection('instruction is longer than 15 bytes')
    : invalidOpcode(error.message);
}
