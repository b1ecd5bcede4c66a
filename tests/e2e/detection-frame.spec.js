// The button beside its neighbours, the panel's frame, and what the page may and may not do to them.
import { manifest } from '../harness/extension.mjs';
import { expect, Panel, test } from './fixtures.js';

const BUTTON = '[data-kbc-e2b="button"]';
const ANYTHING = '[data-kbc-e2b]';
const TABS = ['Run', 'Files', 'Outputs', 'Sandbox', 'Settings'];

/** Runs in the page before its own scripts: the most buttons and panels that ever stood at once. */
function countMost() {
  const most = { buttons: 0, panels: 0 };
  globalThis.mostSeen = most;
  const count = (kind) => document.querySelectorAll(`[data-kbc-e2b="${kind}"]`).length;
  new MutationObserver(() => {
    most.buttons = Math.max(most.buttons, count('button'));
    most.panels = Math.max(most.panels, count('panel'));
  }).observe(document, { childList: true, subtree: true, attributes: true });
}

/** Long enough for a floating button, which comes after 2 s, to have come. */
const longEnoughToFloat = (page) => page.waitForTimeout(2_500);

test('the button looks like the entries around it', async ({ stack, configurationPage, page }) => {
  await configurationPage.open(stack.facts.pages.configuration);
  await configurationPage.button.waitFor();
  const looks = await page.evaluate((selector) => {
    const own = document.querySelector(selector);
    const entries = [...document.querySelectorAll('.kbc-actions :is(a, button)')];
    const look = (entry) => {
      const style = getComputedStyle(entry);
      const names = [
        'font',
        'color',
        'backgroundColor',
        'border',
        'padding',
        'textAlign',
        'cursor',
      ];
      const { height, left } = entry.getBoundingClientRect();
      const { width } = entry.querySelector('svg').getBoundingClientRect();
      return {
        ...Object.fromEntries(names.map((name) => [name, style[name]])),
        height,
        left,
        width,
      };
    };
    const neighbour = entries[entries.indexOf(own) - 1];
    return { own: look(own), neighbour: look(neighbour), before: neighbour.textContent.trim() };
  }, BUTTON);
  expect(looks.before).toBe('Debug mode');
  expect(looks.own).toEqual(looks.neighbour);
});

test('button and panel follow the application without a reload, never two at once', async ({
  stack,
  configurationPage,
  page,
}) => {
  const { configurations, configuration } = stack.facts.pages;
  await page.addInitScript(countMost);
  await configurationPage.open(configurations);
  await page.evaluate(() => Object.assign(globalThis, { sameDocument: true }));
  const shown = (kind, number) =>
    expect(page.locator(`[data-kbc-e2b="${kind}"]`)).toHaveCount(number);
  const leaves = async (act) => {
    await configurationPage.openPanel();
    await shown('panel', 1);
    await act();
    await shown('button', 0);
    await shown('panel', 0);
    await expect.poll(() => Panel.isOpen(page)).toBe(false);
  };
  // The panel lies over the page's own links, so they are pressed from the page.
  const press = (name) => page.getByRole('link', { name, exact: true }).dispatchEvent('click');

  await press('Airports per state');
  await shown('button', 1);
  await leaves(() => press('Components'));
  await press('Currency rates');
  await expect(page.getByRole('heading', { name: 'Currency rates' })).toBeVisible();
  await shown('button', 0);
  await page.goBack();
  await page.goBack();
  await expect(page).toHaveURL(configuration);
  await shown('button', 1);
  await leaves(() => page.goForward());
  await page.goBack();
  await shown('button', 1);
  await leaves(() => page.evaluate(() => history.replaceState(null, '', '/admin/projects/1234')));

  await longEnoughToFloat(page);
  await shown('button', 0);
  const { mostSeen, sameDocument } = await page.evaluate(() => ({
    mostSeen: globalThis.mostSeen,
    sameDocument: globalThis.sameDocument,
  }));
  expect(sameDocument, 'the page was never loaded again').toBe(true);
  expect(mostSeen).toEqual({ buttons: 1, panels: 1 });
});

test('the address of a configuration at another host of Keboola has no button', async ({
  stack,
  page,
}) => {
  const { host, pathname } = new URL(stack.facts.pages.configuration);
  const other = host.replace(/^connection\./, 'queue.');
  await page.goto(`https://${other}${pathname}`);
  await longEnoughToFloat(page);
  await expect(page.locator(ANYTHING)).toHaveCount(0);
});

for (const csp of ['none', 'strict']) {
  test(`nobody is logged in: no button, page policy ${csp}`, async ({ stack, context, page }) => {
    await stack.page({ csp });
    const { origin } = new URL(stack.facts.pages.configuration);
    await context.addCookies([{ name: 'devstack_logged_out', value: '1', url: origin }]);
    await page.goto(stack.facts.pages.configuration);
    await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
    await longEnoughToFloat(page);
    await expect(page.locator(ANYTHING)).toHaveCount(0);
  });
}

test('a page with other markup has the floating button within 3 s', async ({
  stack,
  configurationPage,
  page,
}) => {
  await stack.page({ dom: 'different' });
  await page.addInitScript(() => {
    new MutationObserver((_records, observer) => {
      if (!document.querySelector('[data-kbc-e2b="button"]')) return;
      globalThis.buttonCame = performance.now();
      observer.disconnect();
    }).observe(document, { childList: true, subtree: true, attributes: true });
  });
  await configurationPage.open(stack.facts.pages.configuration);
  await expect(configurationPage.button).toBeVisible();
  const { came, interactive } = await page.evaluate(() => ({
    came: globalThis.buttonCame,
    interactive: performance.getEntriesByType('navigation')[0].domInteractive,
  }));
  expect(came - interactive).toBeLessThan(3_000);
  expect(await page.evaluate((one) => document.querySelector(one).closest('article'), BUTTON)).toBe(
    null,
  );
  await expect(configurationPage.button).toHaveCSS('position', 'fixed');
});

test('on a page with a strict policy the panel draws all its tabs and breaks no policy', async ({
  stack,
  context,
  configurationPage,
}) => {
  const complaints = [];
  const complain = (text) => {
    if (/Content Security Policy|Refused to|violates|Trusted ?Type/i.test(text))
      complaints.push(text);
  };
  // The stand-in is chosen because the page refuses wasm: that one refusal is the page's.
  context.on('console', (message) => {
    if (message.location().url.startsWith('chrome-extension:')) complain(message.text());
  });
  context.on('weberror', (error) => complain(String(error.error())));
  await stack.page({ csp: 'strict' });
  await configurationPage.open(stack.facts.pages.configuration);
  await expect(configurationPage.button).toHaveCSS('position', 'fixed');
  const panel = await configurationPage.openPanel();
  await panel.frame.evaluate(() => {
    globalThis.violations = [];
    document.addEventListener('securitypolicyviolation', (event) =>
      globalThis.violations.push(`${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  const shown = new Set();
  for (const name of TABS) {
    await panel.show(name);
    const tab = panel.frame.getByRole('tab', { name });
    await expect(tab).toHaveAttribute('aria-selected', 'true');
    const body = panel.frame.getByRole('tabpanel').filter({ visible: true });
    await expect(body).toHaveCount(1);
    await expect(body).not.toBeEmpty();
    shown.add(await body.innerText());
  }
  expect(shown.size, 'each tab shows something of its own').toBe(TABS.length);
  const background = await panel.frame.evaluate(() => getComputedStyle(document.body).fontSize);
  expect(background, 'the style sheet was taken').toMatch(/^1[34]px$/);
  expect(await panel.frame.evaluate(() => globalThis.violations)).toEqual([]);
  expect(complaints).toEqual([]);
});

for (const dom of ['usual', 'different']) {
  test(`events that the page makes open nothing and shut nothing, markup ${dom}`, async ({
    stack,
    configurationPage,
    page,
  }) => {
    await stack.page({ dom });
    await configurationPage.open(stack.facts.pages.configuration);
    await configurationPage.button.waitFor();
    const attack = () =>
      page.evaluate((selector) => {
        const button = document.querySelector(selector);
        button.click();
        for (const type of [
          'pointerdown',
          'mousedown',
          'mouseup',
          'pointerup',
          'click',
          'dblclick',
        ])
          button.dispatchEvent(new MouseEvent(type, { bubbles: true, cancelable: true }));
        for (const key of ['Enter', ' ', 'Escape'])
          for (const target of [button, document, window])
            target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
        window.postMessage({ panel: 'open' }, '*');
        window.postMessage({ panel: 'close' }, '*');
      }, BUTTON);
    await attack();
    await page.waitForTimeout(500);
    expect(Panel.isOpen(page)).toBe(false);
    await configurationPage.openPanel();
    await attack();
    await page.waitForTimeout(500);
    expect(Panel.isOpen(page)).toBe(true);
  });
}

test('the × and Esc close the panel, and the focus is back on the button', async ({
  stack,
  configurationPage,
  page,
}) => {
  await configurationPage.open(stack.facts.pages.configuration);
  const ways = {
    '×': (panel) => panel.button('Close').click(),
    // A person who has just opened the panel is in it: nothing there was pressed before.
    Esc: () => page.keyboard.down('Escape'),
    'Esc in a field': async (panel) => {
      await panel.show('Settings');
      await panel.frame.getByLabel('e2b API key', { exact: true }).focus();
      await page.keyboard.down('Escape');
    },
  };
  for (const [name, close] of Object.entries(ways)) {
    const panel = await configurationPage.openPanel();
    await close(panel);
    await expect.poll(() => Panel.isOpen(page), name).toBe(false);
    // Only now: in the frame that the key closes it can no longer go up.
    await page.keyboard.up('Escape');
    await expect(page.locator('[data-kbc-e2b="panel"]')).toHaveCount(0);
    await expect(configurationPage.button).toBeFocused();
  }
});

test('the frame cannot be reached from the page', async ({ stack, configurationPage, page }) => {
  await configurationPage.open(stack.facts.pages.configuration);
  await configurationPage.openPanel();
  const seen = await page.evaluate(() => {
    const host = document.querySelector('[data-kbc-e2b="panel"]');
    return {
      root: host.shadowRoot,
      children: host.childNodes.length,
      frames: window.length,
      iframes: document.querySelectorAll('iframe').length,
      named: performance
        .getEntriesByType('resource')
        .filter((one) => /^chrome-extension/.test(one.name)).length,
    };
  });
  expect(seen).toEqual({ root: null, children: 0, frames: 0, iframes: 0, named: 0 });
});

test('every host that the manifest asks for is granted, and no other', async ({ openPopup }) => {
  const popup = await openPopup();
  const { origins, permissions } = await popup.evaluate(() => chrome.permissions.getAll());
  const asked = manifest();
  const hosts = ['https://*.keboola.com/*', 'https://*.keboola.cloud/*', 'https://*.e2b.app/*'];
  expect(asked.host_permissions.toSorted()).toEqual(hosts.toSorted());
  expect(origins).toEqual(expect.arrayContaining(hosts));
  // The rest are the optional ones, which the harness allows, and the content script's own pages.
  const known = [
    ...hosts,
    ...asked.optional_host_permissions,
    ...asked.content_scripts.flatMap((script) => script.matches),
  ];
  for (const origin of origins) expect(known).toContain(origin);
  expect(permissions.toSorted()).toEqual(asked.permissions.toSorted());
});
