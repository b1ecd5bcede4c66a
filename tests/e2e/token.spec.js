// The Storage token: whose it is and what it lacks, and one that Keboola refuses later.
import { csv, sha256, storedId } from '../harness/uploads.mjs';
import { expect, test } from './fixtures.js';

const REFUSED = 'Keboola no longer accepts the Storage token.';

const settings = (panel) => panel.frame.getByRole('tabpanel', { name: 'Settings' });
const right = (panel, name) =>
  panel.frame
    .getByRole('list', { name: 'Rights of the token' })
    .getByRole('listitem')
    .filter({ hasText: name });

/** Scrolls a part of the panel into view, for a picture of it. */
const look = (locator) => locator.evaluate((it) => it.scrollIntoView({ block: 'center' }));

/** The requests that a token was sent with, and the host of each. */
const carriers = async (stack, token) =>
  (await stack.requests()).filter((request) => JSON.stringify(request).includes(token));

test('a token is shown with project, stack, maker, end and each of its rights', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const { keboola } = stack.facts;
  const { url } = await stack.configuration({
    code: 'print(1)',
    tables: [['in.c-main.airports', 'airports.csv']],
  });
  await configurationPage.open(url);
  const panel = await configurationPage.openPanel();
  await panel.saveToken((await stack.token({ lifeInS: 10 * 86_400 - 60 })).token);
  await expect(panel.button('Forget token')).toBeVisible();
  const facts = panel.frame.locator('dl');
  await expect(facts).toContainText(`(${keboola.project})`);
  await expect(facts).toContainText(keboola.stack);
  await expect(facts).toContainText('developer@devstack.test');
  await expect(facts).toContainText(/in 9 days, at \d{4}-\d\d-\d\d \d\d:\d\d/);
  for (const name of [
    'Read this configuration',
    'Read its input tables',
    'Upload files',
    'Read files that others uploaded',
  ]) {
    await expect(right(panel, name)).toHaveClass('works');
  }
  await look(facts);
  await picture('token-rights');
});

test('what a token lacks says what will not work, names the buckets, and is seen to come', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const { url } = await stack.configuration({
    code: 'print(1)',
    tables: [['in.c-main.airports', 'airports.csv']],
  });
  const component = ['kds-team.app-custom-python'];
  const own = await stack.token({
    rights: { componentAccess: component, bucketPermissions: { 'out.c-main': 'read' } },
    lifeInS: 5 * 3600 + 60,
  });
  await configurationPage.open(url);
  const panel = await configurationPage.openPanel();
  await panel.enterKeys({ ...stack.facts, keboola: own });
  await panel.show('Settings');
  const tables = right(panel, 'Read its input tables');
  await expect(tables).toContainText('missing');
  await expect(tables).toContainText('Not from in.c-main: a run stops before the script.');
  await expect(right(panel, 'Read files that others uploaded')).toContainText(
    'Give the token access to all file uploads.',
  );
  await expect(right(panel, 'Read this configuration')).toHaveClass('works');
  await expect(panel.frame.locator('dl .bad')).toHaveText('in 5 hours. Have a new one at hand.');
  await expect(panel.frame.getByText('Token lacks rights')).toBeVisible();
  await look(panel.frame.locator('dl'));
  await picture('token-lacks');

  await stack.setRights(own.name, {
    componentAccess: component,
    bucketPermissions: { 'in.c-main': 'read' },
    canReadAllFileUploads: true,
  });
  await panel.button('Check again').click();
  await expect(tables).toHaveClass('works');
  await expect(panel.frame.getByText('Token lacks rights')).toBeHidden();

  // The read of the configuration itself counts, whatever the fields say.
  await stack.setRights(own.name, {});
  await panel.button('Check again').click();
  await expect(right(panel, 'Read this configuration')).toContainText('Runs do not start.');
});

test("the links lead to the stack's own pages, in a tab that knows nothing of ours", async ({
  stack,
  configurationPage,
  context,
}) => {
  const { keboola } = stack.facts;
  await configurationPage.open(stack.facts.pages.configuration);
  const panel = await configurationPage.openPanel();
  await panel.show('Settings');
  const tokens = `https://${keboola.stack}/admin/projects/${keboola.project}/tokens-settings`;
  for (const [name, url] of [
    ['Create a token', `${tokens}/new-token`],
    ['Revoke or change it in Keboola', tokens],
    ['Revoke it at e2b', 'https://e2b.dev/dashboard?tab=keys'],
  ]) {
    const link = panel.frame.getByRole('link', { name });
    await expect(link).toHaveAttribute('href', url);
    await expect(link).toHaveAttribute('target', '_blank');
    await expect(link).toHaveAttribute('rel', /noopener/);
  }
  const opened = context.waitForEvent('page');
  await panel.frame.getByRole('link', { name: 'Create a token' }).click();
  const tab = await opened;
  await tab.waitForURL(`${tokens}/new-token`);
  expect(await tab.evaluate(() => globalThis.opener)).toBeNull();
});

test('an upload that a refused token stopped starts by itself when a new one is saved', async ({
  stack,
  configurationPage,
  page,
  picture,
}) => {
  const { url } = await stack.configuration({ code: 'print(1)' });
  const [first, second] = [await stack.token(), await stack.token()];
  await configurationPage.open(url);
  let panel = await configurationPage.openPanel();
  await panel.saveToken(first.token);
  await expect(panel.button('Forget token')).toBeVisible();
  await stack.endToken(first.name);
  await panel.browse(csv());
  await panel.button('Upload').click();
  await expect(panel.file('rain.csv')).toContainText(`${REFUSED} The upload starts by itself`);
  await expect(panel.problem.filter({ hasText: REFUSED }).first()).toBeVisible();
  await expect(panel.frame.getByText('Token refused')).toBeVisible();
  await picture('token-refused');

  // It waits in the engine, whether the panel is open or not.
  await panel.close();
  panel = await configurationPage.openPanel();
  await panel.show('Files');
  await expect(panel.file('rain.csv')).toContainText(REFUSED);
  await panel.button('Enter a new token').click();
  await expect(panel.frame.getByLabel('Storage token', { exact: true })).toBeFocused();
  await page.waitForTimeout(300);
  await picture('token-refused-settings');
  await panel.saveToken(second.token);
  await expect(panel.frame.getByText('Token refused')).toBeHidden();
  await panel.show('Files');
  const id = await storedId(panel, 'rain.csv');
  expect((await stack.object(id)).sha256).toBe(sha256(csv().buffer));
  await expect(panel.problem).toHaveCount(0);
  // Each token went to the stack and nowhere else.
  for (const { token } of [first, second]) {
    const hosts = (await carriers(stack, token)).map((request) => request.host);
    expect(new Set(hosts)).toEqual(new Set([stack.facts.keboola.stack]));
  }
});

test('an upload that waits for a token can be cancelled', async ({ stack, configurationPage }) => {
  const { url } = await stack.configuration({ code: 'print(1)' });
  const { name, token } = await stack.token();
  await configurationPage.open(url);
  const panel = await configurationPage.openPanel();
  await panel.saveToken(token);
  await expect(panel.button('Forget token')).toBeVisible();
  const before = await stack.files();
  await stack.endToken(name);
  await panel.browse(csv());
  await panel.button('Upload').click();
  await expect(panel.file('rain.csv')).toContainText(REFUSED);
  await panel.button('Cancel rain.csv').click();
  await expect(panel.file('rain.csv')).toContainText('The upload was cancelled.');
  expect(await stack.files()).toHaveLength(before.length);
});

test('a run and the list of files tell of a refused token, and a new one is all they need', async ({
  stack,
  configurationPage,
}) => {
  const { url } = await stack.configuration({ code: 'print("again")' });
  const [first, second] = [await stack.token(), await stack.token()];
  await configurationPage.open(url);
  const panel = await configurationPage.openPanel();
  await panel.enterKeys({ ...stack.facts, keboola: { token: first.token } });
  await stack.endToken(first.name);
  await panel.show('Files');
  await expect(panel.problem.filter({ hasText: REFUSED }).first()).toBeVisible();
  await panel.run();
  await expect(panel.button('Enter a new token')).toBeVisible();
  await expect(panel.button('Run in sandbox')).toBeVisible();
  await panel.saveToken(second.token);
  await expect(panel.frame.getByText('Keys ready')).toBeVisible();
  await panel.show('Files');
  await expect(panel.problem).toHaveCount(0);
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  expect(await panel.lines('stdout')).toEqual(['again']);
});

test('Settings finds out by itself that a token has ended', async ({
  stack,
  configurationPage,
}) => {
  const { url } = await stack.configuration({ code: 'print(1)' });
  const { name, token } = await stack.token();
  await configurationPage.open(url);
  let panel = await configurationPage.openPanel();
  await panel.saveToken(token);
  await expect(panel.button('Forget token')).toBeVisible();
  await panel.close();
  await stack.endToken(name);
  panel = await configurationPage.openPanel();
  await panel.show('Settings');
  await expect(settings(panel)).toContainText(REFUSED);
  await expect(panel.frame.getByText('Token refused')).toBeVisible();
});

test.describe('in a narrow window', () => {
  test.use({ viewport: { width: 480, height: 860 } });

  test('the token fits', async ({ stack, configurationPage, picture }) => {
    const { keboola, pages } = stack.facts;
    await configurationPage.open(pages.configuration);
    const panel = await configurationPage.openPanel();
    await panel.saveToken(keboola.weak_token);
    await expect(right(panel, 'Read this configuration')).toContainText('missing');
    await look(panel.frame.locator('dl'));
    await picture('token-lacks-480');
    const overflow = await settings(panel).evaluate((it) => it.scrollWidth - it.clientWidth);
    expect(overflow).toBeLessThanOrEqual(0);
  });
});
