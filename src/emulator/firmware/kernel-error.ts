/** A kernel file that cannot be started. The message is one sentence for whoever made the file. */
export class KernelError extends Error {
  override readonly name = 'KernelError';
}

export function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}
