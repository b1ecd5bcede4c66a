// The panel for everybody, in each of its states: axe's rules, the keyboard, targets, narrow
// windows, still pictures. See a11y.spec.js for the way of the keys.
import axe from 'axe-core';
import { expect, Panel, test } from './fixtures.js';
import { csv, storedId } from '../harness/uploads.mjs';

const TABS = ['Run', 'Files', 'Outputs', 'Sandbox', 'Config', 'Jobs', 'Settings'];
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
  await ready.close();
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
  // Not awaited: the frame that gets the key is gone with it, and may never report it as taken.
  page.keyboard.press('Escape').catch(() => {});
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
        // The first was focused by the test, not by a key.
        if (!at.outlined && step > 0) unseen.push(at.html);
        // In an editor Tab indents, and leads out after Escape, which leaves the panel open.
        if (at.editor) await page.keyboard.press('Escape');
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

// 320 px is what is left of 1280 at four times the size (WCAG 1.4.10).
for (const width of [360, 320]) {
  test.describe(`in a window of ${width} px`, () => {
    test.use({ viewport: { width, height: 640 } });

    test('nothing overflows and no text is cut', async ({ stack, configurationPage, picture }) => {
      const panel = await filled({ stack, configurationPage });
      const { x, width: wide } = await (await panel.frame.frameElement()).boundingBox();
      const room = await panel.frame
        .page()
        .evaluate(() => document.documentElement.getBoundingClientRect().width);
      expect.soft(x, 'the left edge of the panel').toBeGreaterThanOrEqual(0);
      expect.soft(wide, 'the width of the panel').toBeLessThanOrEqual(room);
      for (const tab of TABS) {
        await panel.show(tab);
        await picture(`${width}-${tab.toLowerCase()}`);
        expect.soft(await panel.frame.evaluate(overflowing), tab).toEqual([]);
      }
    });
  });
}

test('the popup holds its texts, also with the question before an end', async ({
  stack,
  configurationPage,
  openPopup,
  picture,
}) => {
  const panel = await filled({ stack, configurationPage });
  await panel.close();
  const popup = await openPopup();
  // As high as Chrome lets a popup be, and as wide as it wants with a scroll bar.
  await popup.setViewportSize({ width: 375, height: 600 });
  await popup.getByRole('button', { name: 'Terminate', exact: true }).click();
  await picture('popup-360', popup);
  expect.soft(await popup.evaluate(overflowing)).toEqual([]);
  for (const colorScheme of ['light', 'dark']) {
    await popup.emulateMedia({ colorScheme });
    expect.soft(await faultsOf(popup.mainFrame()), colorScheme).toEqual([]);
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
async function focused() {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const editor = one.shadowRoot?.querySelector('.cm-editor');
  // The editor draws its focus in one of the next frames.
  if (editor) await new Promise((done) => setTimeout(done, 100));
  const { outlineStyle, outlineWidth } = getComputedStyle(editor ?? one);
  return {
    index: globalThis.kbcPressable.indexOf(one),
    html: one.outerHTML.slice(0, 120),
    outlined: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1,
    editor: Boolean(editor),
  };
}

/** Runs in a document: what is wider than its room. The log and code scroll by themselves. */
function overflowing() {
  const found = [];
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) found.push(`the document: ${scrollWidth} > ${clientWidth}`);
  const canvas = document.createElement('canvas').getContext('2d');
  const widthOf = (text, one) => {
    canvas.font = getComputedStyle(one).font;
    return canvas.measureText(text).width;
  };
  for (const one of document.querySelectorAll('body *')) {
    if (!one.checkVisibility() || one.closest('.lines, pre, svg, .unseen, .probe')) continue;
    const style = getComputedStyle(one);
    const name = `${one.tagName} ${one.className} "${one.textContent.slice(0, 40)}"`;
    const box = one.getBoundingClientRect();
    if (box.right > clientWidth + 1 || box.left < -1) {
      found.push(`${name}: from ${Math.round(box.left)} to ${Math.round(box.right)}`);
    }
    const field = one instanceof HTMLSelectElement || one.placeholder !== undefined;
    if (!field && style.overflowX !== 'visible' && one.scrollWidth > one.clientWidth + 1) {
      found.push(`${name}: ${one.scrollWidth} in ${one.clientWidth}`);
    }
    // A word that is broken into single letters is not cut, but nobody reads it either.
    const words = [...one.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE);
    const longest = words
      .flatMap(({ data }) => data.split(/[\s/_-]+/))
      .map((it) => widthOf(it, one));
    const need = Math.min(60, Math.max(0, ...longest));
    if (style.display !== 'inline' && box.width > 0 && box.width + 1 < need) {
      found.push(`${name}: squeezed to ${Math.round(box.width)}`);
    }
    // The chosen text of a select and a placeholder need their room too.
    if (field && (one.selectedOptions?.[0]?.text || one.placeholder)) {
      const text = one.selectedOptions?.[0]?.text ?? one.placeholder;
      const arrow = one.selectedOptions ? 16 : 0;
      const room = one.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
      const wide = Math.ceil(widthOf(text, one) + arrow);
      if (wide > room + 1) found.push(`${one.tagName} "${text}": ${wide} in ${room}`);
    }
  }
  return found;
}

/** Faults that axe finds in a frame. */
async function faultsOf(frame) {
  await frame.evaluate(axe.source);
  const { violations } = await frame.evaluate(
    (rules) => globalThis.axe.run(document, { runOnly: rules }),
    RULES,
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
}
