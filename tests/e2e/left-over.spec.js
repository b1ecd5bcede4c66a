// Sandboxes without an owner: what an earlier session, another configuration or somebody else left.
import { openChromium } from '../harness/chromium.mjs';
import { cover } from '../harness/cover.mjs';
import { ROOT } from '../harness/extension.mjs';
import { ConfigurationPage } from '../harness/page.mjs';
import { expect, test } from './fixtures.js';

const list = (panel) => panel.frame.getByRole('list', { name: 'Sandboxes' });

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

test('what this browser left elsewhere is offered together, what another browser made is not', async ({
  stack,
  configurationPage,
}) => {
  const one = await stack.configuration({ code: 'print("one")' });
  const two = await stack.configuration({ code: 'print("two")' });
  const panel = await configurationPage.ready(one.url, stack.facts);
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  const [{ metadata }] = await stack.sandboxes();
  // A colleague with the same key, and what an earlier session left.
  await stack.e2bCreate({ ...metadata, browser: 'another', run: 'theirs' });
  await stack.e2bCreate({ ...metadata, configuration: 'elsewhere', run: 'ours' });
  await configurationPage.open(two.url);
  const later = await configurationPage.openPanel();
  const many = later.frame.getByText('A sandbox that this browser made elsewhere has no run');
  await expect(many).toBeVisible();
  await later.button('Terminate all').click();
  await later.button('Terminate all now').click();
  await expect(many).toHaveCount(0);
  const runs = (await stack.sandboxes()).map((it) => it.metadata.run);
  expect(runs).not.toContain('ours');
  expect(runs).toContain('theirs');
  await configurationPage.open(one.url);
  const own = await configurationPage.openPanel();
  await expect(own.frame.getByText('A sandbox of another browser runs')).toBeVisible();
  await expect(own.button('Terminate it')).toHaveCount(0);
});

test('a paused one is used, or ended; nothing is ended under a cover', async ({
  stack,
  configurationPage,
  page,
  picture,
}) => {
  const one = await stack.configuration({ code: 'print("done")' });
  const two = await stack.configuration({ code: 'print("other")' });
  const panel = await configurationPage.ready(one.url, stack.facts);
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  const [{ sandboxID }] = await stack.sandboxes();
  const pause = async () => {
    await panel.show('Settings');
    await list(panel).getByRole('button', { name: 'Pause', exact: true }).click();
    await expect(list(panel)).toContainText('paused');
    await panel.show('Run');
  };
  await pause();
  const notice = panel.frame.getByText('A sandbox of this configuration is paused.');
  await expect(notice).toBeVisible();
  await picture('sandbox-left-paused');
  await panel.button('Use it').click();
  await expect(notice).toHaveCount(0);
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  expect((await stack.sandboxes()).map((it) => it.sandboxID)).toEqual([sandboxID]);

  await pause();
  const uncover = await cover(page);
  await panel.button('Terminate it').click({ force: true });
  await expect(panel.problem).toContainText('covered by something on the page');
  expect((await stack.sandboxes()).map((it) => it.state)).toEqual(['paused']);
  await uncover();
  await configurationPage.open(two.url);
  const other = await configurationPage.openPanel();
  await other.button('Terminate all').click();
  await other.button('Terminate all now').click();
  await expect.poll(() => stack.sandboxes()).toEqual([]);
});

test('a service that tells no end of a sandbox is not taken for one whose life is over', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const { url } = await stack.configuration({ code: 'print("done")' });
  const panel = await configurationPage.ready(url, stack.facts);
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  const [{ metadata, ...sandbox }] = await stack.sandboxes();
  const { endAt, ...endless } = { ...sandbox, metadata: { ...metadata, run: 'earlier' } };
  expect(endAt).toBeTruthy();
  const told = JSON.stringify([{ ...endless, sandboxID: 'iendless' }]);
  const answer = { target: 'api', method: 'GET', path: '/v2/sandboxes', action: 'text' };
  await stack.e2bFault({ ...answer, status: 200, message: told, count: 1_000 });
  await panel.show('Settings');
  await expect(list(panel)).toContainText('no end told');
  await panel.show('Run');
  const notice = panel.frame.getByText(
    'A sandbox of an earlier session still runs for this configuration.',
  );
  await expect(notice).toBeVisible();
  await picture('sandbox-endless');
});
