/** From arguments to exit code; every error becomes one line. */
import { PortConflict } from '../devices/bus.ts';
import { KernelError } from '../firmware/kernel-error.ts';
import { helpText, parseOptions } from './options.ts';
import { EXIT, runSession } from './session.ts';
import { UsageError } from './values.ts';

/** What the user can put right; anything else is a defect of the emulator. */
const INPUT_ERRORS = [UsageError, KernelError, PortConflict];

/** @returns the exit code; it never throws. */
export async function main(args: readonly string[]): Promise<number> {
  // A reader of the output that leaves early is no error of ours.
  process.stdout.on('error', () => process.exit(EXIT.DONE));
  try {
    const options = parseOptions(args);
    if (!options.help) return await runSession(options);
    process.stdout.write(helpText());
    return EXIT.DONE;
  } catch (error) {
    const isInput = INPUT_ERRORS.some((kind) => error instanceof kind);
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`toyvm: ${isInput ? '' : 'a defect of the emulator: '}${message.replace(/\s*\n\s*/g, ' ')}\n`);
    return EXIT.BAD_INPUT;
  }
}
