// Where the button is, and where it is not.
import { expect, Panel, test } from './fixtures.js';

const BUTTON = '[data-kbc-e2b="button"]';

/** The button is there once, and stays one. */
async function once(page) {
  await expect(page.locator(BUTTON)).toHaveCount(1);
  await page.waitForTimeout(300);
  await expect(page.locator(BUTTON)).toHaveCount(1);
}

/** Nothing of the extension is in the page, and nothing comes. */
async function nothing(page) {
  await expect(page.locator('[data-kbc-e2b]')).toHaveCount(0);
  await page.waitForTimeout(500);
  await expect(page.locator('[data-kbc-e2b]')).toHaveCount(0);
}

test('a configuration page has the button once, in the list of actions', async ({
  stack,
  configurationPage,
  page,
  picture,
}) => {
  await configurationPage.open(stack.facts.pages.configuration);
  await once(page);
  await expect(configurationPage.button).toHaveText('e2b sandbox');
  const entries = await page.locator('.kbc-actions li').allTextContents();
  const texts = entries.map((text) => text.trim());
  expect(texts.indexOf('e2b sandbox')).toBe(texts.indexOf('Debug mode') + 1);
  await picture('page-button');
});

test('the button opens and closes the panel and says so', async ({
  stack,
  configurationPage,
  page,
}) => {
  await configurationPage.open(stack.facts.pages.configuration);
  await expect(configurationPage.button).toHaveAttribute('aria-expanded', 'false');
  await configurationPage.openPanel();
  await expect(configurationPage.button).toHaveAttribute('aria-expanded', 'true');
  // The panel may lie above the button, which the keyboard reaches all the same.
  await configurationPage.button.press('Enter');
  await expect.poll(() => Panel.isOpen(page)).toBe(false);
  await expect(configurationPage.button).toHaveAttribute('aria-expanded', 'false');
});

for (const name of ['other_component', 'configurations']) {
  test(`the page ${name} has no button`, async ({ stack, page }) => {
    await page.goto(stack.facts.pages[name]);
    await expect(page.locator('h1')).toBeVisible();
    await nothing(page);
  });
}

test('a page that asks to log in has no button', async ({ stack, page }) => {
  await page.goto(`${stack.facts.pages.configuration}?logged_out`);
  await nothing(page);
});

test('a page that only looks like a configuration has no button', async ({ stack, page }) => {
  const { origin } = new URL(stack.facts.pages.configuration);
  const lookalikes = [
    '/admin/projects/1234/components/kds-team.app-custom-python',
    '/admin/projects/1234/components/kds-team.app-custom-python-2/236606822',
    '/admin/projects/abc/components/kds-team.app-custom-python/236606822',
    '/admin/x/projects/1234/components/kds-team.app-custom-python/236606822',
  ];
  for (const path of lookalikes) {
    await page.goto(`${origin}${path}`);
    await nothing(page);
  }
});

test('the button comes and goes with navigation inside the application', async ({
  stack,
  configurationPage,
  page,
}) => {
  await configurationPage.open(stack.facts.pages.configurations);
  await nothing(page);
  await page.getByRole('link', { name: 'Airports per state' }).click();
  await once(page);
  await configurationPage.openPanel();
  await page.evaluate(() => document.querySelector('.kbc-logo').click());
  await nothing(page);
  expect(Panel.isOpen(page)).toBe(false);
  await page.goBack();
  await once(page);
  await page.goForward();
  await nothing(page);
  await page.getByRole('link', { name: 'Currency rates' }).click();
  await nothing(page);
});

test('another configuration is another panel, another tab of the page is not', async ({
  stack,
  configurationPage,
  page,
}) => {
  await configurationPage.open(stack.facts.pages.configuration);
  const panel = await configurationPage.openPanel();
  await page.evaluate(() => history.pushState(null, '', `${location.pathname}/versions`));
  await page.waitForTimeout(300);
  expect(Panel.isOpen(page)).toBe(true);
  await expect(panel.frame.getByRole('heading', { level: 1 })).toContainText(
    '01k7air0p0rtsperstate',
  );
  await page.evaluate((url) => history.pushState(null, '', url), stack.facts.pages.fails);
  await expect.poll(() => Panel.isOpen(page)).toBe(false);
  await once(page);
});

test('a configuration of a branch runs from the branch', async ({ stack, configurationPage }) => {
  const panel = await configurationPage.ready(stack.facts.pages.branch, stack.facts);
  await expect(panel.frame.getByText('branch 901')).toBeVisible();
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  expect(await panel.lines('stdout')).toEqual(['from the branch']);
});

test('a page with other markup gets the floating button', async ({
  stack,
  configurationPage,
  page,
  picture,
}) => {
  await stack.page({ dom: 'different' });
  await configurationPage.open(stack.facts.pages.configuration);
  await once(page);
  await configurationPage.openPanel();
  await picture('page-different');
});

test('a page whose policy forbids wasm gets the floating button, and runs', async ({
  stack,
  configurationPage,
  page,
  picture,
}) => {
  await stack.page({ csp: 'strict' });
  await configurationPage.open(stack.facts.pages.configuration);
  await once(page);
  await picture('page-strict');
  const panel = await configurationPage.openPanel();
  await panel.enterKeys(stack.facts);
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  await page.evaluate(() => document.querySelector('.kbc-logo').click());
  await nothing(page);
});

test('a hostile page neither sees a key nor opens the shadow root', async ({
  stack,
  configurationPage,
  page,
}) => {
  await stack.page({ dom: 'hostile' });
  await configurationPage.open(stack.facts.pages.configuration);
  await once(page);
  // What the page removes under <html> is gone before it can be used; it sees nothing of it.
  await configurationPage.button.click();
  await page.waitForTimeout(500);
  const seen = await page.evaluate(() => window.devstackSeen);
  expect(seen.shadowRoots).toEqual([]);
  expect(seen.messages).toEqual([]);
});

test('a click that no person made opens nothing', async ({ stack, configurationPage, page }) => {
  await configurationPage.open(stack.facts.pages.configuration);
  await once(page);
  await configurationPage.button.evaluate((button) => button.click());
  await page.waitForTimeout(500);
  expect(Panel.isOpen(page)).toBe(false);
});
