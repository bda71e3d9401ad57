/** `host.c`, compiled: floating-point operations on the processor that runs the tests. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, renameSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Request {
  operation: number;
  /** MXCSR, or FCW. */
  control: number;
  a: bigint;
  b: bigint;
}
export interface Answer {
  /** 128 bits. */
  result: bigint;
  /** MXCSR, or FSW. */
  status: number;
  eflags: number;
}

const REQUEST = 40;
const ANSWER = 24;

/** @returns a function that carries out requests in order */
export function buildHost(): (requests: readonly Request[]) => Answer[] {
  const folder = fileURLToPath(new URL('../../../build/float-tests/', import.meta.url));
  const source = fileURLToPath(new URL('host.c', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const mine = `${folder}host.${process.pid}`;
  execFileSync('gcc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', mine, source]);
  renameSync(mine, `${folder}host`);
  return (requests) => {
    const input = Buffer.alloc(requests.length * REQUEST);
    requests.forEach(({ operation, control, a, b }, i) => {
      const at = i * REQUEST;
      input.writeUInt32LE(operation, at);
      input.writeUInt32LE(control, at + 4);
      [a, a >> 64n, b, b >> 64n].forEach((part, n) => {
        input.writeBigUInt64LE(BigInt.asUintN(64, part), at + 8 + 8 * n);
      });
    });
    const { stdout, stderr, status } = spawnSync(`${folder}host`, [], {
      input,
      maxBuffer: requests.length * ANSWER + 1,
    });
    if (status !== 0) throw new Error(`the host's program failed: ${stderr}`);
    return requests.map((_, i) => ({
      result: stdout.readBigUInt64LE(i * ANSWER) | (stdout.readBigUInt64LE(i * ANSWER + 8) << 64n),
      status: stdout.readUInt32LE(i * ANSWER + 16),
      eflags: stdout.readUInt32LE(i * ANSWER + 20),
    }));
  };
}
