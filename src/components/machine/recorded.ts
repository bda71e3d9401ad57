/** What the checkpoint folder says at build time. */

import { existsSync, readFileSync } from 'node:fs';

/**
 * The recorded text screen, without its final line feed.
 * @throws if the checkpoint has not been built
 */
export function recordedScreen(checkpoint: string): string {
  const file = `public/checkpoints/${checkpoint}/screen.txt`;
  if (!existsSync(file)) {
    throw new Error(`${file} is missing: the checkpoint ${checkpoint} is not built. Run "npm run kernels".`);
  }
  return readFileSync(file, 'utf8').replace(/\n$/, '');
}
