import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Left alone, Vitest leaves one processor idle, which on a machine of two is half of it.
  test: { include: ['tests/**/*.test.ts'], testTimeout: 60_000, maxWorkers: '100%' },
});
