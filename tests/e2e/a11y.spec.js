// The panel for everybody: by keyboard alone, in a narrow window, and by axe's rules.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { expect, Panel, test } from './fixtures.js';

const TABS = ['Run', 'Files', 'Outputs', 'Sandbox', 'Settings'];

test('the whole way can be gone by keyboard', async ({ stack, configurationPage, page }) => {
  await configurationPage.open(stack.facts.pages.configuration);
  await configurationPage.button.focus();
  await page.keyboard.press('Enter');
  const panel = await Panel.of(page);
  const focused = () => panel.frame.evaluate(() => document.activeElement.textContent);
  await panel.frame.getByRole('tab', { name: 'Run' }).focus();
  for (const tab of ['Files', 'Outputs', 'Sandbox', 'Settings', 'Run']) {
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

test('no tab has a fault that axe finds', async ({ stack, configurationPage, page }) => {
  const panel = await configurationPage.ready(stack.facts.pages.configuration, stack.facts);
  await panel.runToEnd();
  for (const tab of TABS) {
    await panel.show(tab);
    expect(await faultsOf(panel.frame), tab).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: 'dark' });
  for (const tab of TABS) {
    await panel.show(tab);
    expect(await faultsOf(panel.frame), `${tab}, dark`).toEqual([]);
  }
});

test('the popup has no fault that axe finds', async ({ openPopup }) => {
  const popup = await openPopup();
  await popup.getByText('No sandbox is running.').waitFor();
  expect(await faultsOf(popup.mainFrame())).toEqual([]);
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

test.describe('in a window of 360 px', () => {
  test.use({ viewport: { width: 360, height: 640 } });

  test('nothing is cut off sideways', async ({ stack, configurationPage, picture }) => {
    const panel = await configurationPage.ready(stack.facts.pages.configuration, stack.facts);
    await panel.runToEnd();
    for (const tab of TABS) {
      await panel.show(tab);
      await picture(`narrow-${tab.toLowerCase()}`);
      const over = await panel.frame.evaluate(() => {
        const wide = document.documentElement.clientWidth;
        const buttons = [...document.querySelectorAll('button, input, select, [role=tab]')];
        const shown = buttons.filter((one) => one.checkVisibility() && one.offsetWidth > 0);
        return shown
          .filter((one) => one.getBoundingClientRect().right > wide + 1)
          .map((one) => one.outerHTML.slice(0, 80));
      });
      expect(over, tab).toEqual([]);
    }
  });
});

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Faults of WCAG 2.2 AA that axe finds in a document. */
async function faultsOf(frame) {
  await frame.evaluate(AXE);
  const { violations } = await frame.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
    }),
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
}
