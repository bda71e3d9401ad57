/** What the manual leaves open about x87, and hosts do in one way or another. */
import { FpuImage, Status } from './fpu-image.ts';
import { type GeneratedCase, instructionAt } from './generate.ts';
import { FPU_BYTES } from './layout.ts';
import { type Case, type Outcome, host as self } from './native.ts';

/**
 * A store whose number raises an unmasked exception writes nothing. Processors may find that out before they look at the
 * operand's address, whose own exception comes first by SDM volume 3, "Priority Among Simultaneous Exceptions", and here.
 */
export function refusedBeforeTheStore({ code }: Case, mnemonic: string, host: Outcome, emulated: Outcome): boolean {
  if (host.fpu === null || !/^(fst|fstp|fist|fistp|fisttp|fbstp)$/.test(mnemonic)) return false;
  const atAddress = (emulated.vector >= 12 && emulated.vector <= 14) || emulated.vector === 17;
  const isPending = (new FpuImage(host.fpu).status & Status.ES) !== 0 || clearsExceptions(code);
  return atAddress && isPending && host.rip !== emulated.rip;
}
/** FNCLEX and FNINIT. */
function clearsExceptions(code: Uint8Array): boolean {
  return code.some((byte, i) => byte === 0xdb && [0xe2, 0xe3].includes(code[i + 1] as number));
}

/**
 * Where the opcode and the data pointer are kept for unmasked exceptions alone (SDM volume 1, "Fopcode Compatibility Sub-mode",
 * and CPUID.7.0:EBX[6]), they tell nothing of an exception that was masked when it was raised, and the data pointer nothing of an
 * instruction without an operand in memory.
 * @returns ones in what is open
 */
export function pointersNotKept(c: GeneratedCase, host: Outcome): FpuImage {
  const open = new FpuImage(new Uint8Array(FPU_BYTES));
  if (host.fpu === null) return open;
  const unmasked = c.instructions.some(({ form }) => /^(fldcw|fldenv)$/.test(form.mnemonic));
  const raising = instructionAt(c, new FpuImage(host.fpu).codePointer);
  const { opcode, data } = self().fpuPointers;
  if (!opcode && unmasked) open.opcode = 0xffff;
  if (!data && (unmasked || !raising?.memory)) open.dataPointer = (1n << 64n) - 1n;
  return open;
}
