// The panel for everybody, in each of its states: axe's rules, the keyboard, targets, narrow
// windows, still pictures. See a11y.spec.js for the way of the keys.
import AxeBuilder from '@axe-core/playwright';
import { expect, Panel, test } from './fixtures.js';
import { csv, storedId } from '../harness/uploads.mjs';

const TABS = ['Run', 'Files', 'Outputs', 'Settings'];
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** Writes to both streams, fails, and leaves an output: every part of the panel has something. */
const FULL = [
  'import pathlib, sys',
  'pathlib.Path("/data/out/tables/a_table_with_a_rather_long_name.csv").write_text("a,b\\n1,2\\n")',
  'print("\\x1b[32mgreen\\x1b[0m and \\x1b[31mred\\x1b[0m")',
  'print("to stderr", file=sys.stderr)',
  'sys.exit(3)',
].join('\n');

/** A panel with a failed run, a stored file and a file that waits. */
async function filled({ stack, configurationPage }) {
  const { url } = await stack.configuration({ code: FULL });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.browse([csv('a-file-with-a-rather-long-name-that-has-no-blank.csv')]);
  await panel.button('Upload').click();
  await storedId(panel, 'a-file-with');
  expect(await panel.runToEnd()).toMatch(/^exit 3/);
  await panel.browse([csv('waits.csv')]);
  return panel;
}

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing on any tab, ${colorScheme}`, async ({
    stack,
    configurationPage,
    page,
    picture,
  }) => {
    await page.emulateMedia({ colorScheme });
    const { url } = await stack.configuration({ code: FULL });
    await configurationPage.open(url);
    const empty = await configurationPage.openPanel();
    for (const tab of TABS) {
      await empty.show(tab);
      expect(await faultsOf(empty.frame), `${tab}, nothing entered`).toEqual([]);
      await picture(`${colorScheme}-empty-${tab.toLowerCase()}`);
    }
    const panel = await filled({ stack, configurationPage });
    for (const tab of TABS) {
      await panel.show(tab);
      expect(await faultsOf(panel.frame), `${tab}, filled`).toEqual([]);
      await picture(`${colorScheme}-filled-${tab.toLowerCase()}`);
    }
  });
}

test('by keyboard: from the button over the tabs to a run and back to the button', async ({
  stack,
  configurationPage,
  page,
}) => {
  const { url } = await stack.configuration({ code: 'print("by keyboard")' });
  const ready = await configurationPage.ready(url, stack.facts);
  await ready.button('Close').click();
  await expect.poll(() => Panel.isOpen(page)).toBe(false);
  await configurationPage.button.focus();
  await page.keyboard.press('Enter');
  const panel = await Panel.of(page);
  const focus = panel.frame.locator(':focus');
  const tabUntil = async (wanted) => {
    for (let step = 0; step < 30; step++) {
      if (await wanted.evaluate((it) => it === document.activeElement)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`Tab does not reach ${wanted}`);
  };
  await tabUntil(panel.frame.getByRole('tab', { selected: true }));
  await page.keyboard.press('ArrowRight');
  await expect(focus).toHaveText('Files');
  await expect(panel.frame.getByRole('tabpanel')).toHaveAttribute('id', 'files');
  await page.keyboard.press('ArrowLeft');
  await expect(focus).toHaveText('Run');
  await tabUntil(panel.button('Run in sandbox'));
  await page.keyboard.press('Enter');
  await expect(panel.log).toContainText('by keyboard', { timeout: 60_000 });
  await panel.ended();
  await expect.poll(() => panel.lines('stdout')).toEqual(['by keyboard']);
  // The focus was not thrown to the document's start when Run became Stop and Run again.
  await expect(focus).toHaveCount(1);
  await page.keyboard.press('Escape');
  await expect.poll(() => Panel.isOpen(page)).toBe(false);
  await expect(configurationPage.button).toBeFocused();
});

test('Tab reaches everything that can be pressed, and shows where it is', async ({
  stack,
  configurationPage,
  page,
}) => {
  const panel = await filled({ stack, configurationPage });
  for (const tab of TABS) {
    await panel.show(tab);
    await panel.frame.getByRole('button', { name: 'Close', exact: true }).focus();
    const total = await panel.frame.evaluate(pressable);
    const reached = new Set();
    const unseen = [];
    for (let step = 0; step < total.length + 5; step++) {
      const at = await panel.frame.evaluate(focused);
      if (at) {
        reached.add(at.index);
        if (!at.outlined) unseen.push(at.html);
      }
      await page.keyboard.press('Tab');
    }
    const missed = total.filter((_, index) => !reached.has(index));
    expect(missed, `${tab}: not reached`).toEqual([]);
    expect(unseen, `${tab}: focus not visible`).toEqual([]);
  }
});

test('every control has a name and a target of 24 px', async ({ stack, configurationPage }) => {
  const panel = await filled({ stack, configurationPage });
  for (const tab of TABS) {
    await panel.show(tab);
    const small = await panel.frame.evaluate(() => {
      const all = document.querySelectorAll('button, a[href], input, select, summary');
      return [...all]
        .filter((one) => one.checkVisibility() && !one.hidden)
        .map((one) => {
          // A label is pressed for the box that it holds.
          const box = (one.closest('label') ?? one).getBoundingClientRect();
          const label = one.labels?.[0]?.innerText;
          const name = one.getAttribute('aria-label') || label || one.innerText || one.title;
          return { name: name?.trim(), width: box.width, height: box.height, html: one.outerHTML };
        })
        .filter(({ name, width, height }) => !name || width < 24 || height < 24);
    });
    expect(small, tab).toEqual([]);
  }
  // Among several equal controls a person who hears them has to tell which is which.
  const names = await panel.frame.evaluate(() =>
    [...document.querySelectorAll('li button')].map(
      (one) => one.getAttribute('aria-label') ?? one.innerText,
    ),
  );
  expect(names.filter((name, at) => /^(Remove|Cancel|Retry)$/.test(name) && at >= 0)).toEqual([]);
});

test.describe('in a window of 360 px', () => {
  test.use({ viewport: { width: 360, height: 640 } });

  test('nothing overflows and no text is cut', async ({ stack, configurationPage, picture }) => {
    const panel = await filled({ stack, configurationPage });
    for (const tab of TABS) {
      await panel.show(tab);
      await picture(`360-${tab.toLowerCase()}`);
      expect(await panel.frame.evaluate(overflowing), tab).toEqual([]);
    }
  });
});

test('the panel can be used at twice the size of its text', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const panel = await filled({ stack, configurationPage });
  await panel.frame.evaluate(() => document.documentElement.style.setProperty('zoom', '2'));
  for (const tab of TABS) {
    await panel.show(tab);
    await picture(`zoom-${tab.toLowerCase()}`);
    expect(await panel.frame.evaluate(overflowing), tab).toEqual([]);
  }
});

test('who wants less motion gets none', async ({ stack, configurationPage, page }) => {
  const code = 'import time\nprint("started", flush=True)\ntime.sleep(600)';
  const { url } = await stack.configuration({ code });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.run();
  await expect(panel.log).toContainText('started', { timeout: 60_000 });
  const endless = () =>
    document.getAnimations().filter((one) => one.effect.getTiming().iterations === Infinity).length;
  expect(await panel.frame.evaluate(endless)).toBeGreaterThan(0);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await expect.poll(() => panel.frame.evaluate(() => document.getAnimations().length)).toBe(0);
  const moving = await panel.frame.evaluate(() =>
    [...document.querySelectorAll('*')]
      .filter((one) => {
        const { transitionDuration, animationName } = getComputedStyle(one);
        return animationName !== 'none' || /[1-9]/.test(transitionDuration);
      })
      .map((one) => one.outerHTML.slice(0, 80)),
  );
  expect(moving).toEqual([]);
});

/** Runs in the frame: what can be reached by Tab, in words. */
function pressable() {
  const all = [...document.querySelectorAll('button, a[href], input, select, summary')].filter(
    (one) => one.checkVisibility() && !one.disabled && one.tabIndex >= 0,
  );
  globalThis.kbcPressable = all;
  return all.map((one) => one.outerHTML.slice(0, 120));
}

/** Runs in the frame: what has the focus, and whether that can be seen. */
function focused() {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const { outlineStyle, outlineWidth } = getComputedStyle(one);
  return {
    index: globalThis.kbcPressable.indexOf(one),
    html: one.outerHTML.slice(0, 120),
    outlined: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1,
  };
}

/** Runs in the frame: what is wider than its room. The log and code scroll by themselves. */
function overflowing() {
  const found = [];
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) {
    found.push(`the document: ${page.scrollWidth} > ${page.clientWidth}`);
  }
  const scrolls = (one) => one.closest('[role=log], pre, .lines');
  for (const one of document.querySelectorAll('body *')) {
    if (!one.checkVisibility() || scrolls(one) || one.closest('svg, .unseen, .probe')) continue;
    if (one.clientWidth === 0 || getComputedStyle(one).display === 'inline') continue;
    const select = one instanceof HTMLSelectElement || one instanceof HTMLInputElement;
    if (!select && one.scrollWidth > one.clientWidth + 1) {
      const what = `${one.tagName} ${one.className}: ${one.scrollWidth} > ${one.clientWidth}`;
      found.push(`${what}: ${one.textContent.slice(0, 60)}`);
    }
    const box = one.getBoundingClientRect();
    if (box.right > innerWidth + 1 || box.left < -1) {
      found.push(`${one.tagName} ${one.className} ends at ${Math.round(box.right)}`);
    }
    // The chosen text of a select, and a placeholder, need their room too.
    if (one instanceof HTMLSelectElement || one.placeholder) {
      const text = one.selectedOptions?.[0]?.text ?? one.placeholder;
      const style = getComputedStyle(one);
      const canvas = document.createElement('canvas').getContext('2d');
      canvas.font = style.font;
      const room = one.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
      const arrow = one instanceof HTMLSelectElement ? 16 : 0;
      const width = canvas.measureText(text).width;
      if (width + arrow > room + 1) {
        found.push(`${one.tagName}: "${text}" needs ${Math.ceil(width + arrow)} of ${room}`);
      }
    }
  }
  return found;
}

/** Faults that axe finds. It is put into the document by hand, because no tool of its own reaches a
 *  frame in a closed shadow root. */
async function faultsOf(frame) {
  const { source } = new AxeBuilder({ page: frame.page() });
  await frame.evaluate(source);
  const { violations } = await frame.evaluate(
    (rules) => globalThis.axe.run(document, { runOnly: rules }),
    RULES,
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
}
