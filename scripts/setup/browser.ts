/** A browser for the tests: Playwright's own download, else the system's Chromium, else Debian's package. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { ROOT } from './dependencies.mjs';
import { canInstall } from './packages.ts';
import { findBrowser, findCommand } from './tools.ts';

/** Where the network lets nothing through, a download may hang as well as fail. */
const FIRST_WORD_SECONDS = 20;
const DOWNLOAD_SECONDS = 600;

/**
 * Tries Playwright's download, whose browser is the one that its version was tested with. It is given up when it has not
 * come under way within a few seconds.
 */
async function download(): Promise<boolean> {
  console.log("Trying Playwright's own browser ...");
  const cli = join(ROOT, 'node_modules', 'playwright', 'cli.js');
  const child = spawn(process.execPath, [cli, 'install', '--no-shell', 'chromium'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let words = '';
  let timer = setTimeout(() => child.kill('SIGKILL'), FIRST_WORD_SECONDS * 1000);
  const listen = (chunk: Buffer): void => {
    words += chunk;
    if (!/\b\d+% of\b/.test(words)) return;
    clearTimeout(timer);
    timer = setTimeout(() => child.kill('SIGKILL'), DOWNLOAD_SECONDS * 1000);
    child.stdout.off('data', listen);
  };
  child.stdout.on('data', listen);
  child.stderr.resume();
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearTimeout(timer);
  return code === 0 && existsSync(chromium.executablePath());
}

/** @returns Debian's packages still to be installed: empty where a browser is there. */
export async function ensureBrowser(): Promise<readonly string[]> {
  if (findBrowser() !== null) return [];
  // Playwright's build needs shared libraries that it can install only as root, on Debian and Ubuntu.
  if (await download()) return [];
  return canInstall() || findCommand('apt-get') !== null ? ['chromium'] : [];
}
