/** A module script and all that it imports, as one classic script. */

import { rolldown } from 'rolldown';

/** Overwrites the file. */
export async function bundleClassic(file: string): Promise<void> {
  const bundle = await rolldown({ input: file, platform: 'browser', logLevel: 'warn' });
  await bundle.write({ file, format: 'iife', minify: true, codeSplitting: false });
  await bundle.close();
}
