/** Starts a kernel file by the boot protocol that it is made for. */
import type { BootOptions, BootTarget } from './boot-target.ts';
import { isElf } from './elf.ts';
import { KernelError } from './kernel-error.ts';
import { loadMultiboot2 } from './multiboot2.ts';
import { findMultiboot2Header, hasMultiboot2Magic } from './multiboot2-header.ts';
import { hasPvhNote, loadPvh } from './pvh.ts';

export type BootProtocol = 'multiboot2' | 'pvh';

/**
 * The protocol of a file that offers one; Multiboot2 where it offers both.
 * @throws KernelError if it offers none, in words that tell why.
 */
export function detectProtocol(file: Uint8Array): BootProtocol {
  if (hasMultiboot2Magic(file)) return 'multiboot2';
  if (hasPvhNote(file)) return 'pvh';
  if (!isElf(file)) throw new KernelError('not a kernel: neither an ELF file nor a file with a Multiboot2 header');
  // Throws: it knows best why there is no header.
  findMultiboot2Header(file);
  return 'multiboot2';
}

/** @throws KernelError if the file cannot be started; nothing of the machine has changed then. */
export function loadKernel(
  file: Uint8Array,
  target: BootTarget,
  options: BootOptions & { protocol?: BootProtocol | 'auto' } = {},
): BootProtocol {
  const asked = options.protocol ?? 'auto';
  const protocol = asked === 'auto' ? detectProtocol(file) : asked;
  if (protocol === 'pvh') loadPvh(file, target, options);
  else loadMultiboot2(file, target, options);
  return protocol;
}
