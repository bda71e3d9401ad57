/** `bin/toyvm`: boots a kernel in the terminal. The only part of the emulator that knows Node. */
import { enableCompileCache } from 'node:module';

// Compiling the emulator takes longer than running most kernels: from the second start on it comes from the cache.
enableCompileCache();
const { main } = await import('./cli/main.ts');
process.exitCode = await main(process.argv.slice(2));
