// The Storage token: whose it is and what it lacks, the page's own one, and one that Keboola
// refuses later.
import { openChromium } from '../harness/chromium.mjs';
import { ConfigurationPage } from '../harness/page.mjs';
import { csv, sha256, storedId } from '../harness/uploads.mjs';
import { Panel, expect, test } from './fixtures.js';

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

for (const csp of ['none', 'strict']) {
  test(`the page's own token is taken after it was explained and agreed to (CSP ${csp})`, async ({
    stack,
    configurationPage,
    page,
    context,
    openPopup,
    picture,
  }) => {
    const { keboola } = stack.facts;
    const said = [];
    context.on('console', (message) => said.push(message.text()));
    await stack.page({ csp });
    const { url } = await stack.configuration({ code: 'print(1)' });
    await configurationPage.open(url);
    const panel = await configurationPage.openPanel();
    await panel.show('Settings');
    await page.evaluate(() => (globalThis.before = [fetch, XMLHttpRequest.prototype.open]));
    const untouched = () =>
      page.evaluate(
        () =>
          globalThis.before[0] === fetch && globalThis.before[1] === XMLHttpRequest.prototype.open,
      );

    await panel.button("Use the page's own token…").click();
    const question = panel.frame.getByRole('group', { name: "Use the page's own token" });
    await expect(question).toContainText('your own full-power token');
    await expect(question).toContainText('lives as long as your session in Keboola');
    await expect(question).toContainText(keboola.stack);
    await look(question);
    await picture(`capture-question-${csp}`);
    // Explained, and nothing looks yet.
    expect(await untouched()).toBe(true);
    await page.getByRole('tab', { name: 'Versions' }).click();
    await expect(panel.button('Forget token')).toBeHidden();

    await panel.button('Use my full-power token').click();
    await expect(settings(panel)).toContainText("Waiting for the page's next request.");
    await expect(panel.button('Cancel')).toBeFocused();
    await picture(`capture-waiting-${csp}`);
    await expect.poll(untouched).toBe(false);
    await page.getByRole('tab', { name: 'Notifications' }).click();
    await expect(panel.button('Forget token')).toBeVisible();
    await expect(settings(panel)).toContainText(`ends in ${keboola.master_token.slice(-4)}`);
    await expect(settings(panel)).toContainText("a person's own full-power token");
    // Nothing of it stays: neither around the page's functions nor as a permission.
    expect(await untouched()).toBe(true);
    await look(panel.frame.locator('dl'));
    await picture(`capture-taken-${csp}`);
    expect(await permissions(panel)).not.toContain('scripting');
    const popup = await openPopup();
    const stores = await popup.evaluate(async () =>
      JSON.stringify([
        await chrome.storage.session.get(null),
        await chrome.storage.local.get(null),
      ]),
    );
    expect(stores).toContain('vault/item/token/');
    for (const text of [
      stores,
      said.join(),
      await popup.content(),
      await page.content(),
      await panel.frame.content(),
    ]) {
      expect(text).not.toContain(keboola.master_token);
    }
  });
}

const permissions = (panel) =>
  panel.frame.evaluate(async () => (await chrome.permissions.getAll()).permissions);

test('a request by XMLHttpRequest shows the token, too; one to another host does not', async ({
  stack,
  configurationPage,
  page,
}) => {
  const { keboola } = stack.facts;
  const { url } = await stack.configuration({ code: 'print(1)' });
  await configurationPage.open(url);
  const panel = await configurationPage.openPanel();
  await beginCapture(panel);
  await page.evaluate(() => {
    const headers = { 'X-StorageApi-Token': 'of-another-host' };
    return fetch('https://connection.keboola.com/v2/storage', { headers }).catch(() => {});
  });
  await page.waitForTimeout(500);
  await expect(settings(panel)).toContainText("Waiting for the page's next request.");
  await page.evaluate((token) => {
    const request = new XMLHttpRequest();
    request.open('GET', '/v2/storage/tokens/verify');
    request.setRequestHeader('x-storageapi-token', token);
    request.send();
  }, keboola.master_token);
  await expect(panel.button('Forget token')).toBeVisible();
});

test('a token that the page shows is refused like a pasted one when it is of another project', async ({
  stack,
  configurationPage,
  page,
}) => {
  const { url } = await stack.configuration({ code: 'print(1)' });
  await configurationPage.open(url);
  const panel = await configurationPage.openPanel();
  for (const [token, words] of [
    [stack.facts.keboola.foreign_token, 'This token is of another project.'],
    ['made-up', 'Keboola does not accept this token.'],
  ]) {
    await beginCapture(panel);
    await page.evaluate(
      (token) => fetch('/v2/storage', { headers: { 'X-StorageApi-Token': token } }),
      token,
    );
    await expect(panel.problem).toContainText(words);
    await expect(panel.button('Forget token')).toBeHidden();
  }
});

for (const [way, end] of [
  ['Cancel', (panel) => panel.button('Cancel').click()],
  ['closing the panel', (panel) => panel.close()],
]) {
  test(`${way} ends the looking at the page's requests`, async ({
    stack,
    configurationPage,
    page,
  }) => {
    const { url } = await stack.configuration({ code: 'print(1)' });
    await configurationPage.open(url);
    const panel = await configurationPage.openPanel();
    await page.evaluate(() => (globalThis.before = fetch));
    await beginCapture(panel);
    await expect.poll(() => page.evaluate(() => globalThis.before === fetch)).toBe(false);
    await end(panel);
    await expect.poll(() => page.evaluate(() => globalThis.before === fetch)).toBe(true);
    await page.getByRole('tab', { name: 'Versions' }).click();
    const after = Panel.isOpen(page) ? panel : await configurationPage.openPanel();
    await after.show('Settings');
    await expect(after.button("Use the page's own token…")).toBeVisible();
    await expect(after.button('Forget token')).toBeHidden();
    await expect.poll(() => permissions(after)).not.toContain('scripting');
  });
}

test('a page that shows no token within 60 seconds is told so', async ({
  stack,
  configurationPage,
  page,
}) => {
  const { url } = await stack.configuration({ code: 'print(1)' });
  await configurationPage.open(url);
  const panel = await configurationPage.openPanel();
  await page.evaluate(() => (globalThis.before = fetch));
  await beginCapture(panel);
  await expect(panel.problem).toContainText('The page showed no token within 60 seconds.', {
    timeout: 75_000,
  });
  expect(await page.evaluate(() => globalThis.before === fetch)).toBe(true);
  expect(await permissions(panel)).not.toContain('scripting');
});

test('a browser that is closed meanwhile keeps no permission', async ({ stack, profile }) => {
  const { url } = await stack.configuration({ code: 'print(1)' });
  const open = () => openChromium({ profile, resolverRules: stack.resolverRules });
  const first = await open();
  const before = new ConfigurationPage(first.pages()[0]);
  await before.open(url);
  const panel = await before.openPanel();
  await beginCapture(panel);
  expect(await permissions(panel)).toContain('scripting');
  await first.close();
  const second = await open();
  const after = new ConfigurationPage(second.pages()[0]);
  await after.open(url);
  const again = await after.openPanel();
  await expect.poll(() => permissions(again)).not.toContain('scripting');
  await second.close();
});

async function beginCapture(panel) {
  await panel.show('Settings');
  await panel.button("Use the page's own token…").click();
  await panel.button('Use my full-power token').click();
  await expect(settings(panel)).toContainText("Waiting for the page's next request.");
}

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

  test('the token and the question fit', async ({ stack, configurationPage, picture }) => {
    const { keboola, pages } = stack.facts;
    await configurationPage.open(pages.configuration);
    const panel = await configurationPage.openPanel();
    await panel.saveToken(keboola.weak_token);
    await expect(right(panel, 'Read this configuration')).toContainText('missing');
    await look(panel.frame.locator('dl'));
    await picture('token-lacks-480');
    await panel.button("Use the page's own token…").click();
    await look(panel.frame.getByRole('group', { name: "Use the page's own token" }));
    await picture('capture-question-480');
    const overflow = await settings(panel).evaluate((it) => it.scrollWidth - it.clientWidth);
    expect(overflow).toBeLessThanOrEqual(0);
  });
});
