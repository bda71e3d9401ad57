/** Fetching and decoding at the instruction pointer. */
import type { Cpu } from '../cpu/cpu.ts';
import { type GuestException, generalProtection, invalidOpcode } from '../cpu/exceptions.ts';
import { VM } from '../cpu/flags.ts';
import { SEGMENT_LIMIT } from '../cpu/layout.ts';
import { SegmentIndex } from '../cpu/state.ts';
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

/**
 * Fetches as execution does.
 * @param address offset in the code segment
 * @throws GuestException #PF, #GP or #UD
 */
export function fetchInstruction(cpu: Cpu, address: bigint): Fetched {
  // Beyond the segment's limit there is nothing to translate.
  bytesWithinLimit(cpu, address);
  const physical = translateFetch(cpu, cpu.state.codeAddress(address));
  return fetchWithin(cpu, address, physical) ?? fetchAcross(cpu, address, physical);
}

/**
 * Decodes from the bytes of one page, at a physical address, without any effect on the guest.
 * @returns `null` if the instruction reaches into the next page. @throws GuestException #UD or #GP
 */
export function fetchWithin(cpu: Cpu, address: bigint, physical: number): Fetched | null {
  const limit = bytesWithinLimit(cpu, address);
  const inPage = PAGE - (physical % PAGE);
  const bytes = codeBytes(cpu, physical, Math.min(inPage, limit));
  try {
    return { instruction: decodeAt(cpu, address, bytes), physical, secondPage: -1 };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    if (error.reason === 'truncated' && inPage < limit) return null;
    throw asException(error);
  }
}

function fetchAcross(cpu: Cpu, address: bigint, physical: number): Fetched {
  const { state } = cpu;
  const inFirst = PAGE - (physical % PAGE);
  const length = bytesWithinLimit(cpu, address);
  const secondPage = translateFetch(
    cpu,
    state.codeAddress(BigInt.asUintN(state.pointerBits, address + BigInt(inFirst))),
  );
  const bytes = new Uint8Array(length);
  bytes.set(codeBytes(cpu, physical, inFirst));
  bytes.set(codeBytes(cpu, secondPage, length - inFirst), inFirst);
  try {
    return { instruction: decodeAt(cpu, address, bytes), physical, secondPage };
  } catch (error) {
    throw error instanceof DecodeError ? asException(error) : error;
  }
}

/** @throws DecodeError, or GuestException for instructions that exist in other modes alone */
function decodeAt({ state }: Cpu, address: bigint, bytes: Uint8Array): Instruction {
  const instruction = decode(bytes, 0, address, state.codeSize);
  // Intel SDM volume 2, section 2.3.1.
  if (instruction.vex && (state.mode === 'real' || state.rflags & VM))
    throw invalidOpcode('VEX prefixes do not exist in real and virtual-8086 mode');
  return instruction;
}

/** Physical address of code at a linear address. @throws GuestException #PF */
export function translateFetch(cpu: Cpu, linear: bigint): number {
  return cpu.linear.paging.translate(linear, {
    write: false,
    execute: true,
    user: cpu.state.cpl === 3,
    implicit: false,
  });
}

/** How many bytes of an instruction the limit of the code segment leaves, at most 15. @throws GuestException #GP for none */
export function bytesWithinLimit({ state }: Cpu, address: bigint): number {
  if (state.codeSize === 64) return MAX_LENGTH;
  const left = state.view.getUint32(CODE_LIMIT, true) - Number(address) + 1;
  if (left <= 0) throw beyondLimit();
  return Math.min(left, MAX_LENGTH);
}
const CODE_LIMIT = SEGMENT_LIMIT + SegmentIndex.cs * 4;
function beyondLimit(): GuestException {
  return generalProtection('instruction is beyond the limit of its code segment');
}

/** Code outside memory reads as all ones. */
function codeBytes(cpu: Cpu, physical: number, length: number): Uint8Array {
  const host = cpu.linear.physical.locate(physical, length);
  if (host >= 0) return cpu.state.bytes.subarray(host, host + length);
  cpu.linear.onUnbacked(physical, false);
  return new Uint8Array(length).fill(0xff);
}

function asException(error: DecodeError): GuestException {
  // All that the limit allows was there: more would have been read otherwise.
  if (error.reason === 'truncated') return beyondLimit();
  return error.reason === 'too-long'
    ? generalProtection('instruction is longer than 15 bytes')
    : invalidOpcode(error.message);
}
