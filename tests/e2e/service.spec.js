// The service that sandboxes come from: chosen, checked, and its key never sent to another one.
import { expect, test } from './fixtures.js';

async function settings({ stack, configurationPage }) {
  await configurationPage.open(stack.facts.pages.configuration);
  const panel = await configurationPage.openPanel();
  await panel.enterKeys(stack.facts);
  await panel.show('Settings');
  return panel;
}

const service = (panel) => panel.frame.getByRole('region', { name: 'Sandbox service' });
const choose = (panel, label) =>
  service(panel).getByLabel('Service', { exact: true }).selectOption({ label });

test('the cloud is checked with a sandbox that is ended again, and nothing is missing', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const panel = await settings({ stack, configurationPage });
  await expect(service(panel)).toContainText('API https://api.e2b.app');
  await expect(service(panel)).toContainText('https://49983-{id}.e2b.app');
  await panel.button('Check service').click();
  const found = service(panel).getByRole('list', { name: 'What the check found' });
  await expect(found.getByRole('listitem')).toHaveCount(4, { timeout: 20_000 });
  await expect(found).toContainText(/The API takes the key and answered in \d+ ms\./);
  await expect(found).toContainText(/A sandbox was created in \d+ ms, with envd 0\./);
  await expect(found).toContainText(/A command ran in it, start to end in \d+ ms/);
  expect(await stack.sandboxes()).toEqual([]);
  await service(panel).scrollIntoViewIfNeeded();
  await picture('service-checked');
});

test('what is typed is told as addresses, or as what is wrong with it', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const panel = await settings({ stack, configurationPage });
  const section = service(panel);
  await choose(panel, 'Self-hosted E2B, own domain');
  await expect(panel.button('Save service')).toBeDisabled();
  await section.getByLabel('Domain').fill('https://e2b.example.com');
  await expect(section.getByRole('alert')).toContainText('is not a domain');
  await section.getByLabel('Domain').fill('e2b.example.com');
  await expect(section).toContainText('API https://api.e2b.example.com');
  await section.getByLabel('Plain http, without encryption').check();
  await expect(section).toContainText('API http://api.e2b.example.com');
  await expect(section).toContainText('unencrypted');
  await picture('service-plain-http');
  await choose(panel, 'OpenKruise Agents, one host');
  await expect(section).toContainText('http://e2b.example.com/kruise/{id}/49983');
  await choose(panel, 'Other');
  await section.getByLabel('API address').fill('https://api.x.test');
  await section.getByLabel('Sandbox address').fill('https://{port}.{domain}');
  await expect(section.getByRole('alert')).toContainText('it must hold {id} and {port}');
  await section.getByLabel('Sandbox address').fill('https://x.test/{id}/{port}');
  await expect(section).toContainText('https://x.test/{id}/49983');
  await choose(panel, 'E2B cloud');
  await expect(panel.button('Save service')).toHaveCount(0);
});

test('a key stays with the service that it was entered for', async ({
  stack,
  configurationPage,
}) => {
  const panel = await settings({ stack, configurationPage });
  await choose(panel, 'Self-hosted E2B, own domain');
  await service(panel).getByLabel('Domain').fill('e2b.devstack.test');
  await stack.forgetRequests();
  await panel.button('Save service').click();
  await expect(service(panel)).toContainText('Saved. Enter its key below.');
  await expect(panel.frame.getByText(/Stored, ends in/)).toHaveCount(0);
  await expect(panel.button('Check service')).toHaveCount(0);
  await choose(panel, 'E2B cloud');
  await panel.button('Save service').click();
  await expect(panel.frame.getByText(/Stored, ends in/).first()).toBeVisible();
  const key = stack.facts.e2b.api_key;
  for (const { host, headers } of await stack.requestHeads()) {
    const sent = headers.some(([, value]) => value.includes(key));
    expect(!sent || host.startsWith('api.e2b.app'), host).toBe(true);
  }
});

test('what is saved is what was typed last, however late its address is told', async ({
  stack,
  configurationPage,
}) => {
  const panel = await settings({ stack, configurationPage });
  await choose(panel, 'Self-hosted E2B, own domain');
  await service(panel).getByLabel('Domain').fill('e2b.devstack.test');
  await expect(panel.button('Save service')).toBeEnabled();
  await panel.frame.locator('body').evaluate(() => {
    const { runtime } = globalThis.chrome;
    const send = runtime.sendMessage.bind(runtime);
    runtime.sendMessage = async (message) => {
      if (JSON.stringify(message).includes('DescribeService')) {
        await new Promise((resolve) => globalThis.setTimeout(resolve, 1_000));
      }
      return send(message);
    };
  });
  await choose(panel, 'OpenKruise Agents, one host');
  await expect(panel.button('Save service')).toBeDisabled({ timeout: 900 });
  await panel.button('Save service').click();
  await expect(service(panel)).toContainText('Saved. Enter its key below.');
  await expect(service(panel)).toContainText('https://e2b.devstack.test/kruise/{id}/49983');
});

test('what a check could not find out is not called missing', async ({
  stack,
  configurationPage,
}) => {
  const panel = await settings({ stack, configurationPage });
  for (const path of ['/metrics', '/templates', '/connect']) {
    await stack.e2bFault({ target: 'api', path, action: 'status', status: 429, retry_after: 60 });
  }
  await panel.button('Check service').click();
  const found = service(panel).getByRole('list', { name: 'What the check found' });
  await expect(found).toContainText('runs joined again could not be told', { timeout: 20_000 });
  await expect(found).toContainText('Whether use of CPU and memory is told could not be told');
  await expect(found).not.toContainText('is not told.');
  expect(await stack.sandboxes()).toEqual([]);
});
