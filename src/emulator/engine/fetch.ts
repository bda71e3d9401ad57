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

/** Fetches as execution does. @throws GuestException #PF, #GP or #UD; Unsupported */
export function fetchInstruction(cpu: Cpu, address: bigint): Fetched {
  const physical = translateFetch(cpu, address);
  return fetchWithin(cpu, address, physical) ?? fetchAcross(cpu, address, physical);
}

/**
 * Decodes from the bytes of one page, at a physical address, without any effect on the guest.
 * @returns `null` if the instruction reaches into the next page. @throws GuestException #UD or #GP; Unsupported
 */
export function fetchWithin(cpu: Cpu, address: bigint, physical: number): Fetched | null {
  requireSupportedCode(cpu);
  const bytes = codeBytes(cpu, physical, Math.min(PAGE - (physical % PAGE), MAX_LENGTH));
  try {
    return { instruction: decode(bytes, 0, address, cpu.state.codeSize), physical, secondPage: -1 };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    if (error.reason === 'truncated' && bytes.length < MAX_LENGTH) return null;
    throw asException(error);
  }
}

function fetchAcross(cpu: Cpu, address: bigint, physical: number): Fetched {
  const { codeSize } = cpu.state;
  const inFirst = PAGE - (physical % PAGE);
  const secondPage = translateFetch(cpu, BigInt.asUintN(codeSize, address + BigInt(inFirst)));
  const bytes = new Uint8Array(MAX_LENGTH);
  bytes.set(codeBytes(cpu, physical, inFirst));
  bytes.set(codeBytes(cpu, secondPage, MAX_LENGTH - inFirst), inFirst);
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
  if (!hasFlatCode(cpu)) throw new Unsupported('a code segment that is not flat');
}
/** Whether CS spans all 4 GiB from 0. */
export function hasFlatCode(cpu: Cpu): boolean {
  const code = cpu.state.segment('cs');
  return code.base === 0n && code.limit === 0xffffffff && (code.attributes & SegmentAttribute.P) !== 0;
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
