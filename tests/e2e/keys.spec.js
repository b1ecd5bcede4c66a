// Keys: entered masked, tested, refused where they do not belong, and never seen where they must not.
import { openChromium } from '../harness/chromium.mjs';
import { extensionId } from '../harness/extension.mjs';
import { ConfigurationPage } from '../harness/page.mjs';
import { expect, test } from './fixtures.js';

const wrongKey = () => `e2b_${'0'.repeat(40)}`;

test('keys are masked, and only the last four characters are shown', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const { keboola, e2b } = stack.facts;
  await configurationPage.open(stack.facts.pages.configuration);
  const panel = await configurationPage.openPanel();
  await picture('keys-missing');
  await panel.show('Settings');
  for (const label of ['e2b API key', 'Storage token']) {
    await expect(panel.frame.getByLabel(label, { exact: true })).toHaveAttribute(
      'type',
      'password',
    );
  }
  await panel.enterKeys(stack.facts);
  await panel.show('Settings');
  await expect(panel.frame.getByText(`Stored, ends in ${e2b.api_key.slice(-4)}`)).toBeVisible();
  await expect(panel.frame.getByText(`ends in ${keboola.token.slice(-4)}`)).toBeVisible();
  for (const label of ['e2b API key', 'Storage token']) {
    await expect(panel.frame.getByLabel(label, { exact: true })).toHaveValue('');
  }
  const text = await panel.frame.locator('body').innerHTML();
  for (const secret of [e2b.api_key, keboola.token]) expect(text).not.toContain(secret);
  await picture('settings');
});

test('a key test tells valid, invalid, blocked and unreachable apart', async ({
  stack,
  configurationPage,
}) => {
  const { e2b } = stack.facts;
  await configurationPage.open(stack.facts.pages.configuration);
  const panel = await configurationPage.openPanel();
  // The list of sandboxes says the same of a refused key; this is the key's own answer.
  const answer = panel.frame.getByRole('status');
  const says = (words) => expect(answer.filter({ hasText: words })).toBeVisible();
  await panel.saveKey(`  "${e2b.api_key}" `);
  await says('The key works. No sandbox runs now.');
  await panel.saveKey(wrongKey());
  await says('e2b does not know this key.');
  await panel.saveKey(e2b.blocked_key);
  await says('e2b knows the key, but its team is blocked.');
  await stack.fault({ host: 'api.e2b.app', kind: 'reset', times: 50 });
  await panel.saveKey(e2b.api_key);
  await says('e2b could not be reached. The key is kept');
  await stack.clearFaults();
  await panel.button('Test key').click();
  await says('The key works.');
  await panel.button('Forget key').click();
  await panel.button('Forget it now').click();
  await expect(panel.button('Test key')).toBeHidden();
});

test('a token is verified, and refused when it is wrong, expired or of another project', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const { keboola } = stack.facts;
  await configurationPage.open(stack.facts.pages.configuration);
  const panel = await configurationPage.openPanel();
  for (const [token, words] of [
    [`${keboola.project}-1-notatoken`, 'Keboola does not accept this token.'],
    [keboola.expired_token, 'Keboola does not accept this token.'],
    [keboola.foreign_token, 'This token is of another project.'],
  ]) {
    await panel.saveToken(token);
    await expect(panel.problem).toContainText(words);
    await expect(panel.button('Forget token')).toBeHidden();
  }
  await panel.saveToken(keboola.weak_token);
  await expect(panel.frame.getByText('Runs do not start.')).toBeVisible();
  await picture('token-weak');
  await panel.saveToken(keboola.token);
  await expect(panel.frame.getByText('Runs do not start.')).toBeHidden();
  await expect(panel.frame.locator('dl')).toContainText(`Dev stack (${keboola.project})`);
  await panel.button('Forget token').click();
  await panel.button('Forget it now').click();
  await expect(panel.button('Forget token')).toBeHidden();
});

test('both keys are gone after the browser was closed', async ({ stack, profile }) => {
  const open = () => openChromium({ profile, resolverRules: stack.resolverRules });
  const first = await open();
  const before = await first.newPage();
  await new ConfigurationPage(before).ready(stack.facts.pages.configuration, stack.facts);
  await first.close();
  const second = await open();
  const after = new ConfigurationPage(await second.newPage());
  await after.open(stack.facts.pages.configuration);
  const panel = await after.openPanel();
  await expect(panel.frame.getByText('A run needs')).toBeVisible();
  await panel.show('Settings');
  await expect(panel.button('Forget key')).toBeHidden();
  await expect(panel.button('Forget token')).toBeHidden();
  await second.close();
});

test('no secret is in the console, the page, a store in clear, or a request to a third', async ({
  stack,
  context,
  configurationPage,
  page,
  openPopup,
}) => {
  const { keboola, e2b, pages } = stack.facts;
  const secrets = [e2b.api_key, keboola.token];
  const said = [];
  context.on('console', (message) => said.push(message.text()));
  context.on('weberror', (error) => said.push(String(error.error())));
  await stack.forgetRequests();
  const panel = await configurationPage.ready(pages.configuration, stack.facts);
  await panel.runToEnd();
  await panel.saveKey(wrongKey());
  await panel.saveKey(e2b.api_key);
  await panel.show('Run');

  const popup = await openPopup();
  const stores = await popup.evaluate(async () => {
    const readable = (value) =>
      value instanceof ArrayBuffer || ArrayBuffer.isView(value)
        ? new TextDecoder('latin1').decode(value)
        : JSON.stringify(value);
    const dump = async (area) =>
      Object.entries(await area.get(null)).map(([key, value]) => `${key}: ${readable(value)}`);
    return {
      session: (await dump(chrome.storage.session)).join('\n'),
      local: (await dump(chrome.storage.local)).join('\n'),
    };
  });
  const places = {
    console: said.join('\n'),
    'page DOM': await page.content(),
    'page storage': await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }]),
    ),
    'storage.session': stores.session,
    'storage.local': stores.local,
    popup: await popup.content(),
  };
  for (const [place, text] of Object.entries(places)) {
    for (const secret of secrets) expect(text, place).not.toContain(secret);
  }
  expect(stores.session, 'the vault is in storage.session').not.toBe('');
  expect(stores.local, 'nothing of the vault is on disk').not.toMatch(/vault|cipher/i);

  const home = { [e2b.api_key]: 'api.e2b.app', [keboola.token]: new URL(pages.configuration).host };
  const requests = await stack.requests();
  for (const secret of secrets) {
    const carriers = requests.filter((request) => JSON.stringify(request).includes(secret));
    expect(carriers.length, 'the secret was used at all').toBeGreaterThan(0);
    expect(new Set(carriers.map((request) => request.host))).toEqual(new Set([home[secret]]));
    for (const { path, query, body } of carriers) expect(path + query + body).not.toContain(secret);
  }
});

test('the page cannot read the extension and its frame', async ({
  stack,
  configurationPage,
  page,
}) => {
  await configurationPage.ready(stack.facts.pages.configuration, stack.facts);
  const reached = await page.evaluate(async (id) => {
    const host = document.querySelector('[data-kbc-e2b="panel"]');
    const fetched = await fetch(`chrome-extension://${id}/panel.html`).then(
      () => 'fetched',
      () => 'refused',
    );
    return { root: host.shadowRoot, frames: window.length, fetched };
  }, extensionId());
  expect(reached).toEqual({ root: null, frames: 0, fetched: 'refused' });
});
