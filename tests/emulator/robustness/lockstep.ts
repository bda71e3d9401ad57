/** Runs the same start on the reference, and on the interpreter by single instructions and freely, and compares. */
import * as L from '../../../src/emulator/cpu/layout.ts';
import type { ProcessorStop } from '../../../src/emulator/cpu/processor.ts';
import type { CpuState } from '../../../src/emulator/cpu/state.ts';
import { differences } from '../../../src/emulator/debug/compare.ts';
import { decode } from '../../../src/emulator/isa/decode.ts';
import { format } from '../../../src/emulator/isa/format.ts';
import type { Random } from '../../cpu/random.ts';
import { forbidden } from './forbidden-states.ts';
import { begin, createSubject, isFrozen, keepsItsTables, type Start, type Subject } from './fuzz-machine.ts';

export interface Trio {
  reference: Subject;
  stepping: Subject;
  running: Subject;
}
export async function createTrio(): Promise<Trio> {
  return {
    reference: await createSubject('reference'),
    stepping: await createSubject('interpreter'),
    running: await createSubject('interpreter'),
  };
}

/** The state without the lazy flags, whose representation may differ, and with them computed. */
function fingerprint({ bytes, rflags }: CpuState): string {
  const raw = Buffer.from(bytes.buffer, bytes.byteOffset, L.STATE_END);
  return [raw.subarray(0, L.SCRATCH), raw.subarray(L.SEGMENT_BASE, L.FLAG_KIND), raw.subarray(L.SELECTOR)]
    .map((part) => part.toString('latin1'))
    .join('')
    .concat(String(rflags));
}
function stopText(subject: Subject, stop: ProcessorStop): string {
  switch (stop.kind) {
    case 'halt':
      return isFrozen(subject) ? 'frozen' : 'halt';
    case 'shutdown':
      return `shutdown ${stop.chain.map(({ vector, errorCode, rip, address }) => `${vector}(${errorCode}) ${rip} ${address}`).join(', ')}`;
    case 'unsupported':
      return `unsupported ${stop.what} at ${stop.address}: ${Buffer.from(stop.bytes).toString('hex')}`;
    default:
      return stop.kind;
  }
}
function hasEnded(stop: string): boolean {
  return stop !== 'budget' && stop !== 'halt';
}
/** What is about to be executed, to be put into words only if need be. */
function instructionAt({ processor, memory }: Subject): () => string {
  const { rip, codeSize, cpl } = processor.state;
  const linear = processor.state.codeAddress(rip);
  const where = `0x${rip.toString(16)}, linear 0x${linear.toString(16)} (${codeSize}-bit, level ${cpl})`;
  if (linear + 15n >= BigInt(memory.size)) return () => `outside RAM, at ${where}`;
  const bytes = memory.read(Number(linear), 15);
  return () => {
    try {
      const instruction = decode(bytes, 0, rip, codeSize);
      return `${format(instruction)} [${Buffer.from(instruction.bytes).toString('hex')}] at ${where}`;
    } catch {
      return `${Buffer.from(bytes).toString('hex')} at ${where}`;
    }
  };
}
function stateDifference(a: Subject, b: Subject): string | null {
  const [x, y] = [a.processor, b.processor];
  if (x.instructions !== y.instructions) return `instructions ${x.instructions} / ${y.instructions}`;
  if (fingerprint(x.state) === fingerprint(y.state)) return null;
  return differences(x.state, y.state).join('; ') || 'scratch state';
}
function memoryDifference(a: Subject, b: Subject): string | null {
  if (Buffer.compare(a.memory.bytes, b.memory.bytes) === 0) return null;
  const at = a.memory.bytes.findIndex((byte, i) => byte !== b.memory.bytes[i]);
  return `memory at 0x${at.toString(16)}: ${a.memory.bytes[at]} / ${b.memory.bytes[at]}`;
}

export interface Result {
  /** Instructions executed by the reference. */
  instructions: number;
  /** What went wrong, or `null`. */
  fault: string | null;
}

/**
 * Runs until `steps` steps are done or something stops the processors.
 */
export function lockstep({ reference, stepping, running }: Trio, start: Start, steps: number, random: Random): Result {
  for (const subject of [reference, stepping, running]) begin(subject, start);
  const fail = (what: string): Result => ({ instructions: reference.processor.instructions, fault: what });
  let free = 'budget';
  for (let i = 0; i < steps; i++) {
    const next = instructionAt(reference);
    const stop = stopText(reference, reference.processor.step());
    const other = stopText(stepping, stepping.processor.step());
    if (stop !== other) return fail(`step ${i}, ${next()}: ${stop} / ${other}`);
    const found = stateDifference(reference, stepping);
    if (found) return fail(`step ${i}, ${next()}: ${found}`);
    const broken = forbidden(reference.processor.state);
    if (broken.length) return fail(`step ${i}, ${next()}: ${broken.join(', ')}`);
    if (!keepsItsTables(reference, start.setting)) break;
    const ended = hasEnded(stop);
    if (!hasEnded(free) && running.processor.instructions < reference.processor.instructions)
      free = stopText(running, running.processor.run(1 + random.below(i < 20 ? 3 : 200)));
    // At its end a processor has gone one attempt beyond its last instruction.
    if (running.processor.instructions === reference.processor.instructions && hasEnded(free) === ended) {
      const foundRunning = free === stop || !ended ? stateDifference(reference, running) : `${stop} / ${free}`;
      if (foundRunning) return fail(`step ${i}, ${next()}, by run(): ${foundRunning}`);
    }
    if (ended) break;
  }
  const memory = memoryDifference(reference, stepping);
  return { instructions: reference.processor.instructions, fault: memory && `at the end: ${memory}` };
}
