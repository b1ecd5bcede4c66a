// A dev stack for each worker, a fresh browser profile with the extension for each test.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { test as base } from '@playwright/test';
import { openChromium } from '../harness/chromium.mjs';
import { startDevstack } from '../harness/devstack.mjs';
import { extensionId, ROOT } from '../harness/extension.mjs';
import { ConfigurationPage } from '../harness/page.mjs';

export { expect } from '@playwright/test';
export { Panel } from '../harness/panel.mjs';

export const test = base.extend({
  stack: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixtures' names from it
    async ({}, use) => {
      const stack = await startDevstack();
      await use(stack);
      await stack.stop();
    },
    { scope: 'worker' },
  ],

  /** What each test must not leave to the next one. */
  cleanStack: [
    async ({ stack }, use) => {
      await stack.page({ csp: 'none', dom: 'usual' });
      await use(stack);
      await stack.clearFaults();
      await stack.killAllSandboxes();
    },
    { auto: true },
  ],

  viewport: [{ width: 1280, height: 860 }, { option: true }],

  // eslint-disable-next-line no-empty-pattern -- see above
  profile: async ({}, use) => {
    const folder = mkdtempSync(`${tmpdir()}/kbc-e2b-profile-`);
    await use(folder);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  },

  context: async ({ stack, profile, viewport }, use) => {
    const context = await openChromium({ profile, resolverRules: stack.resolverRules, viewport });
    await use(context);
    await context.close();
  },

  page: async ({ context }, use) => {
    await use(context.pages()[0] ?? (await context.newPage()));
  },

  configurationPage: async ({ page }, use) => {
    await use(new ConfigurationPage(page));
  },

  /** Opens the popup as a tab: the browser's own window for it cannot be reached by a test. */
  openPopup: async ({ context }, use) => {
    await use(async () => {
      const popup = await context.newPage();
      await popup.goto(`chrome-extension://${extensionId()}/popup.html`);
      return popup;
    });
  },

  picture: async ({ page }, use) => {
    const folder = `${ROOT}target/e2e/screenshots`;
    mkdirSync(folder, { recursive: true });
    await use((name, of = page) =>
      of.screenshot({ caret: 'initial', path: `${folder}/${name}.png` }),
    );
  },
});
