/** `bin/toyvm`: boots a kernel in the terminal. The only part of the emulator that knows Node. */
import { helpText, parseOptions } from './cli/options.ts';
import { EXIT, runSession } from './cli/session.ts';
import { UsageError } from './cli/values.ts';
import { KernelError } from './firmware/kernel-error.ts';

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options.help) {
    process.stdout.write(helpText());
    return EXIT.DONE;
  }
  return runSession(options);
}

// A reader of the output that leaves early is no error of ours.
process.stdout.on('error', () => process.exit(EXIT.DONE));

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isInput = error instanceof UsageError || error instanceof KernelError;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`toyvm: ${isInput ? '' : 'a defect of the emulator: '}${message.replace(/\s*\n\s*/g, ' ')}\n`);
  process.exitCode = EXIT.BAD_INPUT;
}
