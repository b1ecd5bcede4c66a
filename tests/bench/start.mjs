// From the address to the button, and from the button to the panel.
import { ConfigurationPage } from '../harness/page.mjs';
import { inBrowser, marksWith, settle } from './browser.mjs';
import { duration } from './statistics.mjs';

const ROUNDS = 11;
const PANEL_MS = 150;

/** The page's own Content-Security-Policy decides which way the button comes. */
const POLICIES = [
  { csp: 'none', title: 'page without a CSP (wasm in the page)' },
  { csp: 'strict', title: 'page with a strict CSP (stand-in of the worker)' },
];

export const measureStart = () =>
  inBrowser(async ({ stack, context }) => {
    const groups = [];
    for (const { csp, title } of POLICIES) {
      await stack.page({ csp });
      await sample(context, stack);
      const samples = [];
      while (samples.length < ROUNDS) samples.push(await sample(context, stack));
      const all = (name) => samples.map((one) => one[name]);
      groups.push({
        title,
        rows: [
          duration('navigation → DOM of the page itself', all('dom')),
          duration('navigation → button', all('button')),
          duration('click on the button → tabs in the DOM', all('tabs')),
          duration('click on the button → first contentful paint', all('painted'), PANEL_MS),
          duration('click on the button → panel usable', all('panel'), PANEL_MS),
        ],
      });
    }
    return groups;
  });

/** A tab of its own, so that page and frame start from nothing. */
async function sample(context, stack) {
  const page = await context.newPage();
  try {
    const configuration = await new ConfigurationPage(page).open(stack.facts.pages.configuration);
    await marksWith(page.mainFrame(), 'button');
    await settle();
    const { frame } = await configuration.openPanel();
    const there = await marksWith(page.mainFrame(), 'button', 'pressed');
    const panel = await marksWith(frame, 'interactive', 'painted');
    const dom = await page.evaluate(
      () => performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd,
    );
    return {
      dom,
      button: there.button - there.began,
      tabs: panel.interactive - there.pressed,
      painted: panel.painted - there.pressed,
      panel: Math.max(panel.interactive, panel.painted) - there.pressed,
    };
  } finally {
    await page.close();
  }
}
