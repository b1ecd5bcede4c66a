// The same run under every layout of a service: the key goes to this service and nowhere else.
import { randomBytes } from 'node:crypto';
import { expect, test } from './fixtures.js';
import { openChromium } from '../harness/chromium.mjs';
import { ConfigurationPage } from '../harness/page.mjs';
import { csv } from '../harness/uploads.mjs';

/**
 * - `of`: the service of the dev stack
 * - `kind` and `fields`: what a person chooses and enters
 * - `hosts`: where calls may go
 */
const LAYOUTS = {
  'own domain': {
    of: 'own',
    kind: 'Self-hosted E2B, own domain',
    fields: { Domain: 'e2b.devstack.test' },
    hosts: /^(api|49983-i\w+)\.e2b\.devstack\.test$/,
  },
  'own domain by plain http': {
    of: 'own',
    kind: 'Self-hosted E2B, own domain',
    fields: { Domain: 'e2b.devstack.test' },
    plainHttp: 'beyond this computer',
    hosts: /^(api|49983-i\w+)\.e2b\.devstack\.test$/,
  },
  'one host by path, with an old envd and no CORS': {
    of: 'agents',
    kind: 'OpenKruise Agents, one host',
    fields: { Domain: 'agents.devstack.test' },
    hosts: /^agents\.devstack\.test$/,
  },
  'one host by path at a forwarded port': {
    of: 'forwarded',
    kind: 'OpenKruise Agents, one host',
    fields: { Domain: 'localhost' },
    plainHttp: true,
    hosts: /^localhost$/,
  },
  'one address and routing headers': {
    of: 'own',
    kind: 'One address for all sandboxes',
    fields: {
      'API address': 'https://api.e2b.devstack.test/',
      'Sandbox address': 'https://sandbox.e2b.devstack.test',
    },
    hosts: /^(api|sandbox)\.e2b\.devstack\.test$/,
  },
  'this computer': {
    of: 'own',
    kind: 'This computer (localhost)',
    fields: {},
    hosts: /^localhost$/,
  },
  'a template of its own': {
    of: 'own',
    kind: 'Other',
    fields: {
      'API address': 'https://api.e2b.devstack.test',
      'Sandbox address': 'https://{port}-{id}.{domain}',
      Domain: 'e2b.devstack.test',
    },
    hosts: /^(api|49983-i\w+)\.e2b\.devstack\.test$/,
  },
};

async function use(panel, { kind, fields, plainHttp }) {
  await panel.show('Settings');
  const section = panel.frame.getByRole('region', { name: 'Sandbox service' });
  await section.getByLabel('Service', { exact: true }).selectOption({ label: kind });
  for (const [label, value] of Object.entries(fields)) {
    await section.getByLabel(label, { exact: true }).fill(value);
  }
  if (plainHttp) await section.getByLabel('Plain http, without encryption').check();
  if (plainHttp === 'beyond this computer') {
    await expect(panel.button('Save service')).toBeDisabled();
    await section.getByLabel('I accept that others on the way can read').check();
  }
  await panel.button('Save service').click();
  await expect(section).toContainText('Saved. Enter its key below.');
  return section;
}

/** An old envd takes no raw bodies and joins no parts; files get there all the same. */
async function straightInto(panel) {
  const large = randomBytes(20 * 2 ** 20);
  await panel.browse([csv(), { name: 'large.bin', mimeType: '', buffer: large }]);
  await panel.frame.getByLabel('Keboola Storage', { exact: true }).uncheck();
  await panel.button('Upload').click();
  for (const name of ['rain.csv', 'large.bin']) {
    const there = panel.file(name).locator('.good').getByText(`/data/input/${name}`);
    await expect(there).toBeVisible({ timeout: 60_000 });
  }
  await panel.show('Sandbox');
  await panel.button('Open folder input').click();
  await panel.button('Look into rain.csv').click();
  await expect(panel.frame.getByText('2026-01-01,3.5')).toBeVisible();
  await panel.show('Settings');
}

for (const [layout, service] of Object.entries(LAYOUTS)) {
  test(`runs under ${layout}`, async ({ stack, configurationPage, picture }) => {
    const { api_key: key } = stack.facts.e2b.services[service.of];
    await configurationPage.open(stack.facts.pages.configuration);
    const panel = await configurationPage.openPanel();
    const section = await use(panel, service);
    await panel.enterKeys({ ...stack.facts, e2b: { api_key: key } });
    await stack.forgetRequests();
    expect(await panel.runToEnd()).toMatch(/^exit 0 · .* · out\/tables\/summary\.csv 4 rows$/);
    expect(await panel.lines('stdout')).toContain('Wrote 4 states to summary.csv');
    expect(await panel.outputs()).toEqual([{ name: 'summary.csv', rows: 4 }]);
    expect(await stack.sandboxes(service.of)).toHaveLength(1);
    expect(await stack.sandboxes()).toEqual([]);

    await panel.show('Settings');
    await panel.button('Check service').click();
    const found = section.getByRole('list', { name: 'What the check found' });
    await expect(found).toContainText('runs will work', { timeout: 20_000 });
    if (service.of === 'agents') {
      await expect(found).toContainText('with envd 0.2.10');
      await expect(found).toContainText('Use of CPU and memory is not told.');
      await expect(found).toContainText('kept from the internet could not be told');
      await picture('service-agents');
      await straightInto(panel);
    }

    await panel.button('Terminate').click();
    await panel.button('Terminate now').click();
    await expect.poll(() => stack.sandboxes(service.of)).toEqual([]);
    for (const { host, headers } of await stack.requestHeads()) {
      const carriesKey = headers.some(([, value]) => value.includes(key));
      expect(!carriesKey || service.hosts.test(host), `${host} got the key`).toBe(true);
    }
  });
}

test('a manager with another domain is explained, and its sandbox is ended', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const { api_key: key } = stack.facts.e2b.services.agents;
  await configurationPage.open(stack.facts.pages.configuration);
  const panel = await configurationPage.openPanel();
  // The manager tells agents.devstack.test for its sandboxes, and below that there is no such host.
  const section = await use(panel, {
    kind: 'Other',
    fields: {
      'API address': 'https://agents.devstack.test/kruise/api',
      'Sandbox address': 'https://none.{domain}/kruise/{id}/{port}',
      Domain: 'localhost',
    },
  });
  await panel.enterKeys({ ...stack.facts, e2b: { api_key: key } });
  await panel.runToEnd();
  await expect(panel.problem).toContainText('another domain than yours');
  await expect(panel.problem).toContainText(
    'The service says agents.devstack.test; Settings say localhost.',
  );
  await picture('service-domain-mismatch');
  expect(await stack.sandboxes('agents')).toEqual([]);
  await panel.show('Settings');
  await panel.button('Check service').click();
  await expect(section.getByRole('list', { name: 'What the check found' })).toContainText(
    'Settings say localhost.',
    { timeout: 20_000 },
  );
  expect(await stack.sandboxes('agents')).toEqual([]);
});

test('a domain that the browser does not allow yet comes with the button that asks for it', async ({
  stack,
  profile,
}) => {
  const { api_key: key } = stack.facts.e2b.services.own;
  const browser = await openChromium({
    profile,
    resolverRules: stack.resolverRules,
    allowedHosts: ['https://api.e2b.devstack.test/*', 'https://*.elsewhere.test/*'],
  });
  const page = new ConfigurationPage(await browser.newPage());
  await page.open(stack.facts.pages.configuration);
  const panel = await page.openPanel();
  const section = await use(panel, {
    kind: 'Other',
    fields: {
      'API address': 'https://api.e2b.devstack.test',
      'Sandbox address': 'https://{port}-{id}.{domain}',
      Domain: 'elsewhere.test',
    },
  });
  await panel.enterKeys({ ...stack.facts, e2b: { api_key: key } });
  await panel.show('Settings');
  await panel.button('Check service').click();
  const found = section.getByRole('list', { name: 'What the check found' });
  await expect(found).toContainText('does not allow a host yet', { timeout: 20_000 });
  await expect(found).toContainText('https://*.e2b.devstack.test/*');
  await expect(section.getByRole('button', { name: 'Allow' })).toBeVisible();
  await panel.show('Sandbox');
  await panel.button('Start a sandbox').click();
  await expect(panel.problem.first()).toContainText('does not allow a host yet');
  await expect(panel.button('Allow').first()).toBeVisible();
  expect(await stack.sandboxes('own')).toEqual([]);
  // With another service its hosts are given back.
  const allowed = () =>
    panel.frame.evaluate(async () => (await globalThis.chrome.permissions.getAll()).origins);
  expect(await allowed()).toContain('https://*.elsewhere.test/*');
  await panel.show('Settings');
  const kind = section.getByLabel('Service', { exact: true });
  await kind.selectOption({ label: 'E2B cloud' });
  await panel.button('Save service').click();
  await expect(section).toContainText('Saved.');
  await expect.poll(allowed).not.toContain('https://*.elsewhere.test/*');
  await browser.close();
});

test('plain http to this computer is none to the host that a manager names', async ({
  stack,
  configurationPage,
}) => {
  const { api_key: key } = stack.facts.e2b.services.agents;
  await configurationPage.open(stack.facts.pages.configuration);
  const panel = await configurationPage.openPanel();
  await use(panel, {
    kind: 'Other',
    fields: {
      'API address': 'https://agents.devstack.test/kruise/api',
      'Sandbox address': 'http://{domain}/kruise/{id}/{port}',
      Domain: 'localhost',
    },
  });
  await panel.enterKeys({ ...stack.facts, e2b: { api_key: key } });
  await panel.runToEnd();
  await expect(panel.problem).toContainText('to another host, without encryption');
  await expect(panel.problem).toContainText(
    'The service says agents.devstack.test; Settings say localhost.',
  );
  expect(await stack.sandboxes('agents')).toEqual([]);
});

test('another service is refused while a run goes on, and the old sandbox ends with it', async ({
  stack,
  configurationPage,
}) => {
  const code = 'import time\nprint("begun", flush=True)\ntime.sleep(600)\n';
  const { url } = await stack.configuration({ code });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.run();
  await expect(panel.log.getByText('begun')).toBeVisible({ timeout: 30_000 });
  await panel.show('Settings');
  const section = panel.frame.getByRole('region', { name: 'Sandbox service' });
  await section
    .getByLabel('Service', { exact: true })
    .selectOption({ label: 'Self-hosted E2B, own domain' });
  await section.getByLabel('Domain').fill('e2b.devstack.test');
  await panel.button('Save service').click();
  await expect(section.getByRole('alert')).toContainText('is in use');
  await panel.show('Run');
  await panel.button('Stop').click();
  await panel.ended();
  expect(await stack.sandboxes()).toHaveLength(1);
  await panel.show('Settings');
  await panel.button('Save service').click();
  await expect(section).toContainText('Saved.');
  await expect.poll(() => stack.sandboxes()).toEqual([]);
});
