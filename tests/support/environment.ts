/** What a test needs from outside npm: absent, it is skipped by name; under CI=true it fails instead. */
import { describe, expect, test } from 'vitest';
import { missingParts, TOOLS, type ToolName } from '../../scripts/setup/tools.ts';

/** Whether an absent tool is a failure: on CI everything has to be there. */
export const STRICT = process.env.CI === 'true';

/** Tests of kernels on slow machines run for a choice of them; with EVERY_KERNEL=1 for all. */
export const EVERY_KERNEL = process.env.EVERY_KERNEL === '1';

/** Says what is missing for the tools, or `null` where all can be used. */
export function whatIsMissing(...tools: ToolName[]): string | null {
  const missing = tools.flatMap((tool) => missingParts(tool));
  return missing.length === 0 ? null : `not on this machine: ${missing.join(', ')}`;
}

/**
 * `describe` for tests that use tools from outside. Where one is absent the block is skipped, with the reason in its name,
 * or, under CI=true, fails.
 */
export function describeWith(tools: readonly ToolName[], name: string, body: () => void): void {
  const missing = whatIsMissing(...tools);
  if (missing === null) describe(name, body);
  else if (STRICT)
    describe(name, () => {
      test(`has ${tools.map((tool) => TOOLS[tool].serves).join(' and ')}`, () => expect.fail(missing));
    });
  else describe.skip(`${name} (${missing})`, body);
}
