// Sandboxes: a longer life, sleep and waking, and their end.
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
  expect(await secondsLeft(panel)).toBeLessThanOrEqual(300);
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

test('the last minute is told, and the sandbox can be kept', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const { url } = await stack.configuration({ code: 'print("done")' });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.saveSeconds('Sandbox life', 62);
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
      expect(await secondsLeft(panel)).toBeLessThanOrEqual(300);
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

test('a sandbox for one run goes on when a terminal was opened in it', async ({
  stack,
  configurationPage,
}) => {
  const code = 'import os, time\nwhile not os.path.exists("/tmp/go"):\n    time.sleep(0.1)\n';
  const { url } = await stack.configuration({ code });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.frame.getByRole('combobox', { name: 'Sandbox', exact: true }).selectOption('new');
  await panel.run();
  await expect(panel.step('Script')).toBeVisible();
  await panel.show('Sandbox');
  await panel.button('Terminal').click();
  const screen = panel.frame.locator('#terminal .xterm-rows');
  await expect(screen).toContainText('$');
  await panel.frame.getByLabel('Terminal input').focus();
  await panel.frame.page().keyboard.type('touch /tmp/go\n');
  await panel.show('Run');
  expect(await panel.ended()).toMatch(/^exit 0/);
  await panel.show('Sandbox');
  await panel.frame.getByLabel('Terminal input').focus();
  await panel.frame.page().keyboard.type('echo sti""ll\n');
  await expect(screen).toContainText('still');
  expect(await stack.sandboxes()).toHaveLength(1);
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

test('a sandbox for one run ends also when the run is stopped while it is being created', async ({
  stack,
  configurationPage,
}) => {
  const panel = await configurationPage.ready(stack.facts.pages.configuration, stack.facts);
  await panel.frame.getByRole('combobox', { name: 'Sandbox', exact: true }).selectOption('new');
  await stack.slowCreates(4_000);
  await stack.forgetRequests();
  await panel.run();
  const begun = async () =>
    (await stack.requestHeads()).some((it) => it.method === 'POST' && it.path === '/sandboxes');
  await expect.poll(begun, { timeout: 20_000 }).toBe(true);
  await panel.button('Stop').click();
  await panel.ended();
  const ended = async () =>
    (await stack.requestHeads()).some((it) => it.method === 'DELETE' && it.host === 'api.e2b.app');
  await expect.poll(ended, { timeout: 20_000 }).toBe(true);
  expect(await stack.sandboxes()).toEqual([]);
});

test('a life that another window moved on is not shortened, and the real end is shown', async ({
  stack,
  configurationPage,
}) => {
  const panel = await configurationPage.ready(stack.facts.pages.configuration, stack.facts);
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  await panel.show('Settings');
  await act(panel, 'Extend').click();
  // Somebody else extends it while the choice stands open here.
  const [{ sandboxID }] = await stack.sandboxes();
  await stack.e2bTimeout(sandboxID, 3_000);
  await act(panel, '30 min').click();
  await expect.poll(() => secondsLeft(panel)).toBeGreaterThan(2_900);
  // The service cuts this to an hour after the start, and answers as if it had not.
  await act(panel, 'Extend').click();
  await act(panel, '1 h').click();
  await expect.poll(() => secondsLeft(panel)).toBeGreaterThan(3_100);
  expect(await secondsLeft(panel)).toBeLessThan(3_599);
});

test('a file that went straight into a sandbox is not lost to another template', async ({
  stack,
  configurationPage,
}) => {
  const { url } = await stack.configuration({ code: 'print("done")' });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.browse([{ name: 'mine.txt', mimeType: '', buffer: Buffer.from('mine') }]);
  await panel.frame.getByLabel('Keboola Storage', { exact: true }).uncheck();
  await panel.button('Upload').click();
  // Run at once: one sandbox for both.
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  await panel.show('Files');
  await expect(panel.file('mine.txt').locator('.good')).toContainText('mine.txt');
  const [first, ...others] = await stack.sandboxes();
  expect(others).toEqual([]);
  await panel.show('Settings');
  await panel.frame.getByLabel('Template', { exact: true }).fill('base');
  await panel.button('Save settings').click();
  await expect(panel.frame.getByText('Saved', { exact: true })).toBeVisible();
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  expect(await panel.lines('note')).toContainEqual(
    expect.stringContaining('It holds files or a terminal of yours'),
  );
  const after = await stack.sandboxes();
  expect(after).toHaveLength(2);
  expect(after.map((it) => it.sandboxID)).toContain(first.sandboxID);
});

test('a run that is longer than the life of its sandbox ends well', async ({
  stack,
  configurationPage,
}) => {
  test.slow();
  const code = 'import time\ntime.sleep(45)\nprint("done")';
  const { url } = await stack.configuration({ code });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.saveSeconds('Sandbox life', 30);
  expect(await panel.runToEnd({ timeout: 120_000 })).toMatch(/^exit 0/);
  expect(await panel.lines('note')).toEqual([]);
  // What the run had more than was wanted was taken back.
  await panel.show('Settings');
  await expect.poll(() => secondsLeft(panel)).toBeLessThanOrEqual(30);
  expect(await secondsLeft(panel)).toBeGreaterThan(0);
});

test('the last minute of a sandbox without a run is told on every tab', async ({
  stack,
  configurationPage,
}) => {
  const { url } = await stack.configuration({ code: 'print("done")' });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.show('Sandbox');
  await panel.button('Start a sandbox').click();
  await expect(panel.button('New folder')).toBeVisible({ timeout: 20_000 });
  const [{ sandboxID }] = await stack.sandboxes();
  await stack.e2bTimeout(sandboxID, 50);
  await panel.show('Settings');
  const warning = panel.frame.getByText(/The sandbox ends in 0:\d\d\./);
  await expect(warning).toBeVisible();
  await panel.show('Files');
  await expect(warning).toBeVisible();
  await panel.button('Keep it 5 min').click();
  await expect(warning).toHaveCount(0);
  expect(Date.parse((await stack.sandboxes())[0].endAt)).toBeGreaterThan(Date.now() + 200_000);
});

test('a life that cannot be moved on is told in the log, once', async ({
  stack,
  configurationPage,
}) => {
  test.slow();
  const code = 'import time\ntime.sleep(600)';
  const { url } = await stack.configuration({ code });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.saveSeconds('Sandbox life', 40);
  const message = 'Sandbox has reached maximum allowed uptime';
  const path = '/timeout';
  await stack.e2bFault({ target: 'api', path, action: 'status', status: 400, message, count: 9 });
  await panel.run();
  await expect(panel.log).toContainText('could not be moved on', { timeout: 60_000 });
  await expect(panel.log).toContainText(message);
  await panel.ended({ timeout: 90_000 });
  await expect(panel.problem.first()).toContainText('The sandbox is gone');
  expect(await panel.lines('note')).toHaveLength(1);
});
