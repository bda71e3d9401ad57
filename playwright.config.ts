import { defineConfig } from 'playwright/test';
import { findBrowser } from './scripts/setup/tools.ts';

/** As named, else Playwright's own download, else the system's. */
const executablePath = process.env.PLAYWRIGHT_CHROMIUM ?? findBrowser() ?? undefined;

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
