import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // One process for all files: the library takes a second to load, and what one file has synthesized the others use.
    isolate: false,
    fileParallelism: false,
    // To synthesize takes seconds, on a busy machine many.
    testTimeout: 60_000,
    // A snapshot is written with `vitest run --update`, never by the way.
    update: 'none',
  },
});
