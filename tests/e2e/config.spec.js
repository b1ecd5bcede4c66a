// Saving into the configuration: what is shown before, what is written, and what others did meanwhile.
import { expect, test } from './fixtures.js';

const PROPERTIES = {
  debug: false,
  ratio: 1.0,
  db: { host: 'h', '#password': 'KBC::ProjectSecure::x' },
};

/** A configuration with a panel on its Config tab. */
async function open({ stack, configurationPage, ...more }) {
  const own = await stack.configuration({
    code: 'print(1)\n',
    user_properties: PROPERTIES,
    ...more,
  });
  const panel = await configurationPage.ready(own.url, stack.facts);
  await panel.show('Config');
  return { ...own, panel };
}

/** What Storage holds of a configuration: its newest version, with the user parameters. */
async function stored(stack, id) {
  const [{ version, description, text }] = await stack.versions(id);
  return { version, description, parameters: JSON.parse(text).parameters };
}

const review = (panel) => panel.frame.getByRole('region', { name: 'Review before saving' });
const saved = (panel) => panel.frame.locator('#saved');

async function sync(panel) {
  await panel.button('Sync to configuration…').click();
}

test('sync shows what it changes, writes only that, and says nothing twice', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const { panel, id } = await open({ stack, configurationPage });
  const before = await stored(stack, id);
  await picture('config');
  await sync(panel);
  await expect(review(panel)).toContainText('Parameter e2b_template');
  await expect(review(panel)).toContainText('code-interpreter-v1');
  await expect(review(panel)).toContainText('Nothing else in the configuration changes.');
  await picture('config-review');
  expect((await stored(stack, id)).version, 'a review writes nothing').toBe(before.version);
  await panel.button(`Save as version ${before.version + 1}`).click();
  await expect(saved(panel)).toContainText(`Saved as version ${before.version + 1}.`);
  await picture('config-saved');
  const after = await stored(stack, id);
  expect(after.version).toBe(before.version + 1);
  expect(after.description).toBe('Synced e2b_template and e2b_timeout');
  expect(after.parameters.user_properties).toEqual({
    ...PROPERTIES,
    e2b_template: 'code-interpreter-v1',
    e2b_timeout: 300,
  });
  expect(after.parameters.code).toBe('print(1)\n');
  await sync(panel);
  await expect(saved(panel)).toContainText('nothing was written');
  expect((await stored(stack, id)).version).toBe(after.version);
});

test('the key is encrypted first and stands nowhere else in clear', async ({
  stack,
  configurationPage,
}) => {
  const { panel, id } = await open({ stack, configurationPage });
  const key = stack.facts.e2b.api_key;
  await stack.forgetRequests();
  await panel.frame.getByLabel(/^The e2b API key, encrypted/).check();
  await sync(panel);
  await expect(review(panel)).toContainText(
    'Encrypted by Keboola before it is saved: #e2b_api_key.',
  );
  expect(await review(panel).innerText()).not.toContain(key);
  await panel.button(/^Save as version/).click();
  await expect(saved(panel)).toContainText('Saved as version');
  const { parameters } = await stored(stack, id);
  expect(parameters.user_properties['#e2b_api_key']).toMatch(/^KBC::ConfigSecure::/);
  const versions = JSON.stringify(await stack.versions(id));
  expect(versions).not.toContain(key);
  const requests = await stack.requests();
  const told = requests.filter(({ body, path, query }) => `${body} ${path} ${query}`.includes(key));
  expect(told.map(({ host }) => host.split('.')[0])).toEqual(['encryption']);
  // The same key again is no change.
  await panel.frame.getByLabel(/^The e2b API key, encrypted/).check();
  await sync(panel);
  await expect(saved(panel)).toContainText('nothing was written');
});

test('without encryption nothing is written', async ({ stack, configurationPage }) => {
  const { panel, id } = await open({ stack, configurationPage });
  const before = await stored(stack, id);
  await panel.frame.getByLabel(/^The e2b API key, encrypted/).check();
  for (const kind of ['unavailable', 'plaintext_back']) {
    await stack.fault({ host: 'encryption.*', kind, times: 9 });
    await sync(panel);
    await panel.button(/^Save as version/).click();
    await expect(panel.problem).toContainText('A secret could not be encrypted.');
    expect(await panel.problem.innerText()).not.toContain(stack.facts.e2b.api_key);
    await panel.button('Do not save').click();
    await stack.clearFaults();
  }
  expect((await stored(stack, id)).version).toBe(before.version);
});

test('two that change the same choose, two that change different things both stay', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const { panel, id } = await open({ stack, configurationPage });
  await sync(panel);
  await expect(review(panel)).toBeVisible();
  await stack.writeConfiguration(id, {
    set: {
      'parameters.user_properties.e2b_timeout': 1800,
      'parameters.user_properties.debug': true,
    },
    author: 'anna@example.com',
    description: 'Longer life',
  });
  await panel.button(/^Save as version/).click();
  await expect(review(panel)).toContainText('by anna@example.com');
  await expect(review(panel)).toContainText('Nothing was written yet.');
  const conflict = review(panel).getByRole('group', { name: 'Parameter e2b_timeout' });
  await expect(conflict).toContainText('1800');
  await expect(panel.button(/^Save as version/)).toBeDisabled();
  await picture('config-conflict');
  await conflict.getByLabel('Theirs, in Storage').check();
  await panel.button(/^Save as version/).click();
  await expect(saved(panel)).toContainText('Saved as version');
  const { parameters } = await stored(stack, id);
  expect(parameters.user_properties).toEqual({
    ...PROPERTIES,
    debug: true,
    e2b_template: 'code-interpreter-v1',
    e2b_timeout: 1800,
  });
});

test('who saved at the same moment is told, and the way back is there', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const { panel, id } = await open({ stack, configurationPage });
  await stack.writeConfiguration(id, {
    set: { 'parameters.user_properties.debug': true },
    author: 'anna@example.com',
    description: 'Debugging',
    when: 'before_write',
  });
  await sync(panel);
  await panel.button(/^Save as version/).click();
  await expect(saved(panel)).toContainText('Somebody saved at the same moment');
  await expect(saved(panel)).toContainText('anna@example.com');
  await expect(saved(panel)).toContainText('Parameter debug');
  await picture('config-overtaken');
  await panel.button('Show versions').click();
  const versions = panel.frame.getByRole('list', { name: 'Versions' });
  const theirs = versions.getByRole('listitem').filter({ hasText: 'Debugging' });
  await expect(theirs).toHaveCount(1);
  await theirs.getByRole('button', { name: /^What changed/ }).click();
  const compared = panel.frame.getByRole('region', { name: /^Version \d+ against/ });
  await expect(compared).toContainText('Parameter debug');
  await expect(compared).toContainText('true');
  await picture('config-versions');
  await theirs.getByRole('button', { name: 'Roll back' }).click();
  await theirs.getByRole('button', { name: 'Make it the newest' }).click();
  await expect(saved(panel)).toContainText('Saved as version');
  const { parameters, description } = await stored(stack, id);
  expect(parameters.user_properties).toEqual({ ...PROPERTIES, debug: true });
  expect(description).toMatch(/^Rolled back to version/);
});

test('a token that may not write says so, and nothing is lost', async ({
  stack,
  configurationPage,
}) => {
  const { panel, id } = await open({ stack, configurationPage });
  await sync(panel);
  await stack.fault({ host: 'connection.*', method: 'PUT', kind: 'limit_reached' });
  await panel.button(/^Save as version/).click();
  await expect(panel.problem).toContainText('The token has no right to do this.');
  await expect(review(panel)).toBeVisible();
  await panel.button(/^Save as version/).click();
  await expect(saved(panel)).toContainText('Saved as version');
  expect((await stored(stack, id)).parameters.user_properties.e2b_timeout).toBe(300);
});

test('an answer that is lost is looked up', async ({ stack, configurationPage }) => {
  const { panel, id } = await open({ stack, configurationPage });
  const before = await stored(stack, id);
  await sync(panel);
  await stack.fault({ host: 'connection.*', method: 'PUT', kind: 'lost_answer', times: 2 });
  await panel.button(/^Save as version/).click();
  await expect(saved(panel)).toContainText(`Saved as version ${before.version + 1}.`);
  expect((await stored(stack, id)).version).toBe(before.version + 1);
});

test('edits on the page itself are told before saving', async ({
  stack,
  configurationPage,
  page,
  picture,
}) => {
  const { panel, id } = await open({ stack, configurationPage });
  const told = review(panel).getByText('The page behind this panel may hold edits of its own.');
  await sync(panel);
  await expect(review(panel)).toBeVisible();
  await expect(told).toBeHidden();
  await panel.button('Do not save').click();
  await page.evaluate(() => {
    const field = document.createElement('input');
    field.setAttribute('aria-label', 'Description of the page');
    document.querySelector('h1').after(field);
    // What a script of the page changes is no person's edit.
    field.dispatchEvent(new Event('input', { bubbles: true }));
  });
  await sync(panel);
  await expect(review(panel)).toBeVisible();
  await expect(told).toBeHidden();
  await panel.button('Do not save').click();
  await page.getByLabel('Description of the page').pressSequentially('mine');
  await sync(panel);
  await expect(told).toBeVisible();
  await picture('config-page-edited');
  // Another version, and what was typed before it may be in it.
  await panel.button('Do not save').click();
  await stack.writeConfiguration(id, { set: { 'parameters.user_properties.debug': true } });
  await sync(panel);
  await expect(review(panel)).toBeVisible();
  await expect(told).toBeHidden();
  await panel.button('Do not save').click();
  // Storage tells the time of a version in whole seconds.
  await page.waitForTimeout(1_100);
  await page.getByLabel('Description of the page').pressSequentially(' again');
  await sync(panel);
  const loaded = page.waitForEvent('load');
  await panel.button('Reload the page').click();
  await loaded;
});
