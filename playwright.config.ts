import { existsSync } from 'node:fs';
import { chromium, defineConfig } from 'playwright/test';

/** As named, else Playwright's own download, else the system's. */
const named = process.env.PLAYWRIGHT_CHROMIUM;
const own = existsSync(chromium.executablePath());
const executablePath = named ?? (own ? undefined : '/usr/bin/chromium');

/** A distribution's browser looks for updates and safe browsing lists; a test wants silence. */
const quiet = ['--disable-background-networking', '--disable-component-update', '--no-first-run', '--disable-sync'];

export default defineConfig({
  testDir: 'tests/site',
  testMatch: '**/*.spec.ts',
  outputDir: 'test-results',
  globalSetup: './tests/site/global-setup.ts',
  fullyParallel: false,
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 20_000 },
  forbidOnly: process.env.CI === 'true',
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    viewport: { width: 1280, height: 800 },
    launchOptions: { executablePath, args: [...quiet, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])] },
    trace: 'retain-on-failure',
  },
});
