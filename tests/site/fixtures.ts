/** What every test in the browser shares: the built site on a server, and a page whose complaints are failures. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test as base, expect, type Page } from 'playwright/test';

export { checkpoints } from '../support/checkpoints.ts';

import { serve } from './static-server.ts';

export const root = join(import.meta.dirname, '..', '..');
export const dist = join(root, 'dist');
/** What `toy-os-book.zip` of the built site unpacks to: `global-setup.ts` does so. */
export const distOffline = join(root, 'build', 'offline-edition', 'toy-os-book');

interface Watch {
  /** Complaints that the test provokes: those that match are let through. */
  expectedComplaints: RegExp[];
}

export const test = base.extend<{ watch: Watch }, { site: string }>({
  site: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads a fixture's needs from this pattern
    async ({}, use) => {
      const server = await serve(dist);
      await use(server.url);
      await server.close();
    },
    { scope: 'worker' },
  ],
  watch: [
    async ({ page, site }, use) => {
      const complaints: string[] = [];
      const watch: Watch = { expectedComplaints: [] };
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
      const { host } = new URL(site);
      page.on('request', (request) => {
        const url = new URL(request.url());
        const local = url.host === host || ['data:', 'blob:', 'file:'].includes(url.protocol);
        if (!local) complaints.push(`request leaves the origin: ${request.url()}`);
      });
      await use(watch);
      const unexpected = complaints.filter((text) => !watch.expectedComplaints.some((pattern) => pattern.test(text)));
      expect(unexpected, 'console, errors and requests').toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** Every page of a built folder, as files relative to it. */
export function pagesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.html'))
    .sort();
}

/** The address of a page file: `a/index.html` is `a/`. */
export function addressOf(file: string): string {
  return file.replace(/(^|\/)index\.html$/, '$1');
}

export function machineOn(page: Page) {
  const machine = page.locator('toy-machine').first();
  const field = (name: string) => machine.locator(`[data-field="${name}"]`);
  return {
    machine,
    field,
    screen: machine.locator('[data-screen="text"]'),
    button: (name: string) => machine.getByRole('button', { name, exact: true }),
    alert: machine.getByRole('alert'),
  };
}

/** What the screen shows, as `screen.txt` would hold it. */
export async function screenText(page: Page): Promise<string> {
  const text = await machineOn(page).screen.evaluate((screen) => screen.textContent ?? '');
  return `${text}\n`;
}
