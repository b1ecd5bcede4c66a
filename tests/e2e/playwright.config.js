import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: '.',
  outputDir: '../../target/e2e/results',
  // Each worker has a dev stack and a browser of its own. One more than CI has cores: some tests wait
  // out a life or a limit, and the others use the time.
  workers: 3,
  fullyParallel: false,
  // A test that passes only when it is repeated is a failed one.
  retries: 0,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
});
