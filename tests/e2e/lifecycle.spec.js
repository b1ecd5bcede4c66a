// Sandboxes: a longer life, sleep and waking, what an earlier session left, and their end.
import { openChromium } from '../harness/chromium.mjs';
import { ROOT } from '../harness/extension.mjs';
import { ConfigurationPage } from '../harness/page.mjs';
import { expect, test } from './fixtures.js';

const list = (panel) => panel.frame.getByRole('list', { name: 'Sandboxes' });
const act = (panel, name) => list(panel).getByRole('button', { name, exact: true });

const secondsLeft = async (panel) => {
  const [, minutes, seconds] = /(\d+):(\d\d) left/.exec(await list(panel).innerText());
  return Number(minutes) * 60 + Number(seconds);
};

test('a sandbox gets a longer life, never a shorter one, and the limit of the plan is told', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const panel = await configurationPage.ready(stack.facts.pages.configuration, stack.facts);
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  await panel.show('Settings');
  expect(await secondsLeft(panel)).toBeLessThanOrEqual(302);
  await act(panel, 'Extend').click();
  await picture('sandbox-extend');
  await act(panel, '30 min').click();
  await expect.poll(() => secondsLeft(panel)).toBeGreaterThan(1_700);
  await act(panel, 'Extend').click();
  await expect(act(panel, '5 min')).toHaveCount(0);
  await act(panel, '24 h').click();
  const failure = panel.frame.getByRole('region', { name: 'Sandboxes of the key' });
  await expect(failure.getByRole('alert')).toContainText('Timeout cannot be greater than 1 hours');
  expect(await secondsLeft(panel)).toBeGreaterThan(1_700);
});

test('a sandbox sleeps, is woken with its files, and the next run uses it', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const panel = await configurationPage.ready(stack.facts.pages.configuration, stack.facts);
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  const [{ sandboxID }] = await stack.sandboxes();
  await panel.show('Settings');
  await act(panel, 'Pause').click();
  await expect(list(panel)).toContainText('paused');
  expect((await stack.sandboxes())[0].state).toBe('paused');
  await picture('sandbox-paused');
  await act(panel, 'Resume').click();
  await expect(list(panel)).toContainText('left');
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  const after = await stack.sandboxes();
  expect(after.map((it) => it.sandboxID)).toEqual([sandboxID]);
  await panel.show('Settings');
  await act(panel, 'Terminate').click();
  await act(panel, 'Terminate now').click();
  await expect.poll(() => stack.sandboxes()).toEqual([]);
});

test('what an earlier session left is offered at once: used, or ended', async ({
  stack,
  profile,
}) => {
  const { url } = await stack.configuration({ code: 'print("done")' });
  const open = () => openChromium({ profile, resolverRules: stack.resolverRules });
  const start = async () => {
    const browser = await open();
    const page = await browser.newPage();
    const panel = await new ConfigurationPage(page).ready(url, stack.facts);
    return { browser, page, panel };
  };
  const first = await start();
  expect(await first.panel.runToEnd()).toMatch(/^exit 0/);
  const [{ sandboxID }] = await stack.sandboxes();
  await expect(first.panel.frame.getByText('of an earlier session')).toHaveCount(0);
  await first.browser.close();

  const second = await start();
  const notice = second.panel.frame.getByText('A sandbox of an earlier session still runs');
  await expect(notice).toBeVisible();
  await second.page.screenshot({ path: `${ROOT}target/e2e/screenshots/sandbox-left-over.png` });
  await second.panel.button('Use it').click();
  await expect(notice).toHaveCount(0);
  expect(await second.panel.runToEnd()).toMatch(/^exit 0/);
  expect((await stack.sandboxes()).map((it) => it.sandboxID)).toEqual([sandboxID]);
  await second.browser.close();

  const third = await start();
  await third.panel.button('Terminate it').click();
  await expect.poll(() => stack.sandboxes()).toEqual([]);
  await third.browser.close();
});

test('the last minute is told, and the sandbox can be kept', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const { url } = await stack.configuration({ code: 'print("done")' });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.show('Settings');
  await panel.frame.getByLabel('Sandbox life', { exact: true }).selectOption('custom');
  await panel.frame.getByLabel('Sandbox life, in seconds').fill('62');
  await panel.button('Save settings').click();
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  const warning = panel.frame.getByText(/The sandbox ends in 0:\d\d\. What is only in it is lost/);
  await expect(warning).toBeVisible();
  await picture('sandbox-ends');
  await panel.button('Keep it 5 min').click();
  await expect(warning).toHaveCount(0);
  await expect(panel.frame.getByText(/^Sandbox 4:\d\d$/)).toBeVisible();
});

for (const ahead of [-7_200, 7_200]) {
  test(`a service whose clock is off by ${ahead} s tells the same life`, async ({
    stack,
    configurationPage,
  }) => {
    await stack.e2bClock(ahead);
    try {
      const panel = await configurationPage.ready(stack.facts.pages.configuration, stack.facts);
      expect(await panel.runToEnd()).toMatch(/^exit 0/);
      await panel.show('Settings');
      await expect.poll(() => secondsLeft(panel)).toBeGreaterThan(240);
      expect(await secondsLeft(panel)).toBeLessThanOrEqual(302);
    } finally {
      await stack.e2bClock(0);
    }
  });
}

test('a sandbox for one run ends with it', async ({ stack, configurationPage }) => {
  const panel = await configurationPage.ready(stack.facts.pages.configuration, stack.facts);
  await panel.frame.getByRole('combobox', { name: 'Sandbox', exact: true }).selectOption('new');
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  await expect.poll(() => stack.sandboxes()).toEqual([]);
  expect(await panel.outputs()).toEqual([{ name: 'summary.csv', rows: 4 }]);
});

test('a sandbox without internet reaches nobody, and is not used once it may', async ({
  stack,
  configurationPage,
}) => {
  const { url } = await stack.configuration({ code: 'print("done")' });
  const panel = await configurationPage.ready(url, stack.facts);
  const runWith = async (internet) => {
    await panel.show('Settings');
    await panel.frame.getByLabel('Sandboxes may reach the internet').setChecked(internet);
    await panel.button('Save settings').click();
    await expect(panel.frame.getByText('Saved', { exact: true })).toBeVisible();
    return panel.runToEnd();
  };
  // A job has keboola.component; a template without it must fetch it.
  await runWith(false);
  await expect(panel.problem).toContainText('A package could not be installed.');
  const [{ sandboxID }] = await stack.sandboxes();
  expect(await runWith(true)).toMatch(/^exit 0/);
  const after = await stack.sandboxes();
  expect(after.map((it) => it.sandboxID)).not.toContain(sandboxID);
  expect(after).toHaveLength(1);
});
