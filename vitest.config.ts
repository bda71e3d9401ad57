import { defineConfig } from 'vitest/config';

export default defineConfig({
  // By itself it would leave one of two processors free, which have nothing else to do once the site is built.
  test: { include: ['tests/**/*.test.ts'], testTimeout: 60_000, maxWorkers: 2 },
});
