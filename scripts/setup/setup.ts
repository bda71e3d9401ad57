/** All that the tests need from outside npm: found, or installed where that is allowed, or named. */
import { ensureBrowser } from './browser.ts';
import { canInstall, installCommand, installPackages } from './packages.ts';
import { DEBIAN_PACKAGES, findRust, lockedToolchain, NoRustError, whyNotLockedRust } from './rust.ts';
import { findBrowser, findCommand, missingParts, TOOLS, type ToolName } from './tools.ts';

/** For each part why it is absent, or `null` where it can be used. */
export interface Environment {
  rust: string | null;
  qemu: string | null;
  browser: string | null;
  /** The one command that installs what is absent, where one is known. */
  hint: string | null;
}

const NAMES = Object.keys(TOOLS) as ToolName[];

function whyAbsent(name: ToolName): string | null {
  const missing = missingParts(name);
  return missing.length > 0 ? `not on this machine: ${missing.join(', ')}` : null;
}

function whyNoRust(): string | null {
  try {
    findRust(lockedToolchain());
    return null;
  } catch (error) {
    if (!(error instanceof NoRustError)) throw error;
    return error.message.split('\n')[0]!;
  }
}

export async function setUp(): Promise<Environment> {
  console.log('Looking for what the tests need ...');
  const wanted = new Set<string>();
  for (const name of NAMES) if (whyAbsent(name) !== null) for (const p of TOOLS[name].packages) wanted.add(p);
  for (const p of await ensureBrowser()) wanted.add(p);
  // Any Rust will do for a reader; where packages can be had, the kernels are to be repeated byte for byte.
  if (canInstall() ? whyNotLockedRust() !== null : whyNoRust() !== null) for (const p of DEBIAN_PACKAGES) wanted.add(p);

  let hint: string | null = null;
  if (wanted.size > 0 && findCommand('apt-get') !== null) {
    const packages = [...wanted].sort();
    const refused = canInstall() ? installPackages(packages) : 'Only root may install packages.';
    if (refused !== null) {
      hint = `What is missing is installed by\n  ${installCommand(packages)}`;
      console.log(`${refused}\n${hint}`);
    }
  }

  return {
    rust: whyNoRust(),
    qemu: whyAbsent('qemu'),
    browser: findBrowser() === null ? 'no Chromium on this machine' : null,
    hint,
  };
}
