// The panel for everybody: by keyboard alone, in a narrow window, and by axe's rules.
import { expect, Panel, test } from './fixtures.js';

test('the whole way can be gone by keyboard', async ({ stack, configurationPage, page }) => {
  await configurationPage.open(stack.facts.pages.configuration);
  await configurationPage.button.focus();
  await page.keyboard.press('Enter');
  const panel = await Panel.of(page);
  const focused = () => panel.frame.evaluate(() => document.activeElement.textContent);
  await panel.frame.getByRole('tab', { name: 'Run' }).focus();
  for (const tab of ['Files', 'Outputs', 'Sandbox', 'Config', 'Jobs', 'Settings', 'Run']) {
    await page.keyboard.press('ArrowRight');
    expect(await focused()).toBe(tab);
    await expect(panel.frame.getByRole('tab', { name: tab })).toHaveAttribute(
      'aria-selected',
      'true',
    );
  }
  await page.keyboard.press('End');
  await page.keyboard.press('Tab');
  await expect(panel.frame.locator(':focus')).toBeVisible();
  await panel.frame.getByLabel('e2b API key', { exact: true }).focus();
  await page.keyboard.type(stack.facts.e2b.api_key);
  await page.keyboard.press('Enter');
  await expect(panel.button('Test key')).toBeVisible();
  // Not awaited: the frame that gets the key is gone with it, and may never report it as taken.
  page.keyboard.press('Escape').catch(() => {});
  await expect.poll(() => Panel.isOpen(page)).toBe(false);
  await expect(configurationPage.button).toBeFocused();
});

test('dark is dark', async ({ stack, configurationPage, page, picture }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  const panel = await configurationPage.ready(stack.facts.pages.configuration, stack.facts);
  await panel.runToEnd();
  await picture('dark');
  const background = await panel.frame.evaluate(
    () => getComputedStyle(document.body).backgroundColor,
  );
  const [red, green, blue] = background.match(/\d+/g).map(Number);
  expect(Math.max(red, green, blue)).toBeLessThan(64);
});
