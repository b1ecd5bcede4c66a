// The whole job, played without a person: each act waits for what a person would wait for.
import { expect } from '../harness/expect.mjs';
import { readMarks, takeMarks } from '../harness/marks.mjs';
import { ConfigurationPage } from '../harness/page.mjs';
import { dropFromDesktop } from './drop.mjs';
import { compareWithStorage, liveSandboxes } from './proof.mjs';
import { PAGE, WEATHER } from './seed.mjs';

// A busy machine may take long; what never comes must still end the demo.
const PATIENCE_MS = 60_000;

/**
 * Plays it, and fills `report` as it goes, so that what was reached is known when it breaks.
 *
 * @param {object} demo
 * @param {import('../harness/devstack.mjs').Devstack} demo.stack
 * @param {import('@playwright/test').Page} demo.page
 * @param {(name: string) => Promise<void>} demo.picture takes a numbered picture of the page
 * @param {object} demo.report see report.mjs
 */
export async function play(demo) {
  const { page, picture, report } = demo;
  await page.context().addInitScript(takeMarks);
  page.setDefaultTimeout(PATIENCE_MS);

  const panel = await onUsualPage(demo);
  await enterKeys(demo, panel);
  await upload(demo, panel);
  Object.assign(report.run, await run(panel, () => picture('running')));
  await picture('result');
  report.outputs = await panel.outputs();
  await picture('outputs');
  const warm = await run(panel);
  report.run.warm_first_log_ms = warm.first_log_ms;
  await expect(panel.step('Sandbox')).toContainText('reused');
  await picture('warm-result');
  await terminate(demo, panel);
  report.page_csp.push('none');

  const strict = await onStrictPage(demo);
  expect((await run(strict)).exit_code, 'exit code on the page with strict CSP').toBe(0);
  await picture('strict-result');
  await terminate(demo, strict);
  report.page_csp.push('strict');
}

async function open({ stack, page }, csp) {
  await stack.page({ csp, dom: 'usual' });
  const at = await new ConfigurationPage(page).open(stack.facts.pages[PAGE]);
  await expect(at.button).toBeVisible();
  return at;
}

/** The button stands among the page's own actions. */
async function onUsualPage(demo) {
  const { page, picture, report } = demo;
  const at = await open(demo, 'none');
  await expect(at.button).not.toHaveCSS('position', 'fixed');
  await picture('page');
  const panel = await at.openPanel();
  await expect(panel.frame.getByRole('button', { name: 'Settings' }).first()).toBeVisible();
  await picture('panel');
  const [outside, inside] = [await readMarks(page), await readMarks(panel.frame)];
  report.button_ms = Math.round(outside.button - outside.began);
  report.panel_ms = Math.round(inside.interactive - outside.clicked);
  return panel;
}

/** The page refuses wasm, so the button floats; the panel is the same, and still has the keys. */
async function onStrictPage(demo) {
  const at = await open(demo, 'strict');
  await expect(at.button).toHaveCSS('position', 'fixed');
  await demo.picture('strict-page');
  const panel = await at.openPanel();
  await expect(panel.button('Run in sandbox')).toBeEnabled();
  return panel;
}

async function enterKeys({ stack, picture }, panel) {
  const { e2b, keboola } = stack.facts;
  await panel.saveKey(e2b.api_key);
  await expect(panel.button('Test key')).toBeEnabled();
  await panel.saveToken(keboola.token);
  await expect(panel.button('Forget token')).toBeVisible();
  // Only with a token does the panel know the configuration's name.
  await expect(panel.frame.getByRole('heading', { name: 'Airports and weather' })).toBeVisible();
  await picture('keys');
}

async function upload({ stack, page, picture, report }, panel) {
  await panel.show('Files');
  await dropFromDesktop(page, panel, WEATHER, () => picture('drop'));
  const row = panel.file('seattle-weather.csv');
  await expect(row).toContainText('ready to upload');
  await picture('file');
  await panel.button('Upload').click();
  await expect(row).toContainText(/Storage \d+/);
  await expect(row).toContainText('sha256');
  await picture('uploaded');
  report.upload = await compareWithStorage(stack, WEATHER);
}

/**
 * Presses Run and waits for the end; times as the panel's own clock has them. `whileRunning` is
 * called when the log has its first line of any kind.
 */
async function run(panel, whileRunning = async () => {}) {
  await panel.run();
  const lines = async () => {
    await expect(panel.log.locator('.line').first()).toBeVisible();
    await whileRunning();
  };
  const [{ exit, at }] = await Promise.all([panel.frame.evaluate(whenEnded, PATIENCE_MS), lines()]);
  await expect(panel.log).toContainText('Wrote 4 years to seattle_rain.csv');
  const { ran, firstLog } = await readMarks(panel.frame);
  return {
    exit_code: exit,
    first_log_ms: Math.round(firstLog - ran),
    total_ms: Math.round(at - ran),
  };
}

/** In the panel: waits for the line of the result; its exit code (null for none) and the time. */
function whenEnded(patience) {
  return new Promise((resolve, reject) => {
    const settle = (act) => {
      observer.disconnect();
      clearTimeout(timer);
      act();
    };
    const look = () => {
      const result = document.querySelector('[role=status][aria-label=Result]')?.textContent;
      const problem = document.querySelector('[role=alert]')?.innerText;
      const exit = /^exit (\d+)/.exec(result);
      const at = performance.timeOrigin + performance.now();
      // Without the first line of this run the result may still be that of the last one.
      if (result && globalThis.kbcMarks.firstLog)
        settle(() => resolve({ exit: exit && Number(exit[1]), at }));
      else if (problem) settle(() => reject(new Error(`the panel says: ${problem}`)));
    };
    const tooLate = () => reject(new Error(`the run did not end within ${patience} ms`));
    const timer = setTimeout(() => settle(tooLate), patience);
    const observer = new MutationObserver(look);
    observer.observe(document, { childList: true, subtree: true, characterData: true });
    look();
  });
}

async function terminate({ stack, picture, report }, panel) {
  await panel.show('Settings');
  const sandbox = panel.frame.getByRole('list', { name: 'Sandboxes' }).getByRole('listitem');
  await expect(sandbox).toHaveCount(1);
  await panel.button('Terminate').click();
  await sandbox.scrollIntoViewIfNeeded();
  await picture('terminate');
  await panel.button('Terminate now').click();
  await expect(panel.frame.getByText('No sandbox is running.')).toBeVisible();
  await picture('terminated');
  report.sandboxes_left = (await liveSandboxes(stack)).length;
}
