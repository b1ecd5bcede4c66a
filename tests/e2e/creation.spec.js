// Creating a sandbox when the service, or the way to it, fails: none is made twice, none is left.
import { expect, test } from './fixtures.js';

const creation = { target: 'api', method: 'POST', path: '/sandboxes' };

const creates = async (stack) =>
  (await stack.requestHeads()).filter(
    ({ method, path }) => method === 'POST' && path === '/sandboxes',
  ).length;

for (const [how, fault, delayMs] of [
  ['breaks in its answer', { action: 'cut-stream-after-bytes', bytes: 4 }, 0],
  ['is cut while the service goes on', { action: 'abandon', seconds: 1 }, 4_000],
]) {
  test(`a creation that ${how} makes one sandbox, and the run goes on in it`, async ({
    stack,
    configurationPage,
  }) => {
    const { url } = await stack.configuration({ code: 'print("done")' });
    const panel = await configurationPage.ready(url, stack.facts);
    await stack.forgetRequests();
    await stack.slowCreates(delayMs);
    await stack.e2bFault({ ...creation, ...fault });
    expect(await panel.runToEnd()).toMatch(/^exit 0/);
    expect(await stack.sandboxes()).toHaveLength(1);
    expect(await creates(stack)).toBe(1);
    const [{ metadata }] = await stack.sandboxes();
    expect(metadata.app).toBe('keboola-e2b-writer');
    expect(Object.keys(metadata)).toEqual(
      expect.arrayContaining(['browser', 'configuration', 'run', 'template', 'version']),
    );
  });
}

test('a creation that is given up on is found by the next press', async ({
  stack,
  configurationPage,
}) => {
  test.slow();
  const { url } = await stack.configuration({ code: 'print("done")' });
  const panel = await configurationPage.ready(url, stack.facts);
  // Longer than it is looked for.
  await stack.slowCreates(26_000);
  await stack.e2bFault({ ...creation, action: 'abandon', seconds: 1 });
  await panel.run();
  await expect(panel.problem).toContainText('e2b could not be reached', { timeout: 40_000 });
  await expect.poll(() => stack.sandboxes(), { timeout: 20_000 }).toHaveLength(1);
  await stack.slowCreates(0);
  await stack.forgetRequests();
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  expect(await stack.sandboxes()).toHaveLength(1);
  expect(await creates(stack)).toBe(0);
});

const refusal = (status, message, more) => ({
  ...creation,
  action: 'status',
  status,
  message,
  ...more,
});

for (const [what, fault, told] of [
  [
    'too many sandboxes at a time',
    refusal(429, 'you have reached the maximum number of concurrent E2B sandboxes (20)'),
    ['Your e2b plan allows no more sandboxes', 'sandboxes (20)'],
  ],
  [
    'a rate that asks for a long wait',
    refusal(429, 'Rate limit exceeded', { retry_after: 70 }),
    ['Too many requests', 'it asks to wait 70 s'],
  ],
  [
    'no capacity',
    refusal(503, 'no node for it', { error_code: 'sandbox_capacity_unavailable' }),
    ['no room for a sandbox', 'This passes', 'no node for it'],
  ],
]) {
  test(`a creation refused for ${what} is told so, once, and leaves nothing`, async ({
    stack,
    configurationPage,
  }) => {
    const { url } = await stack.configuration({ code: 'print("done")' });
    const panel = await configurationPage.ready(url, stack.facts);
    await stack.forgetRequests();
    await stack.e2bFault(fault);
    await panel.run();
    for (const words of told) {
      await expect(panel.problem.first()).toContainText(words, { timeout: 20_000 });
    }
    expect(await creates(stack)).toBe(1);
    expect(await stack.sandboxes()).toEqual([]);
  });
}

test('a creation that was turned away for a second goes on by itself', async ({
  stack,
  configurationPage,
}) => {
  const { url } = await stack.configuration({ code: 'print("done")' });
  const panel = await configurationPage.ready(url, stack.facts);
  await stack.e2bFault(refusal(429, 'Rate limit exceeded', { retry_after: 1 }));
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  expect(await stack.sandboxes()).toHaveLength(1);
});

test('an unknown template is told by its name', async ({ stack, configurationPage }) => {
  const { url } = await stack.configuration({ code: 'print("done")' });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.show('Settings');
  await panel.frame.getByLabel('Template', { exact: true }).fill('moon');
  await panel.button('Save settings').click();
  await expect(panel.frame.getByText('Saved', { exact: true })).toBeVisible();
  await panel.run();
  await expect(panel.problem.first()).toContainText('The sandbox template does not exist', {
    timeout: 20_000,
  });
  await expect(panel.problem.first()).toContainText("'moon'");
});

test('a key test tells a limit and a wrong address from a broken connection', async ({
  stack,
  configurationPage,
}) => {
  const panel = await configurationPage.ready(stack.facts.pages.configuration, stack.facts);
  await panel.show('Settings');
  for (const [fault, words] of [
    [{ action: 'status', status: 429, retry_after: 60 }, 'Too many requests'],
    [{ action: 'status', status: 404, message: 'page not found' }, 'no e2b API at this address'],
    [{ action: 'reset' }, 'e2b could not be reached'],
  ]) {
    await stack.e2bFault({
      target: 'api',
      method: 'GET',
      path: '/v2/sandboxes',
      count: 5,
      ...fault,
    });
    await panel.button('Test key').click();
    await expect(panel.frame.getByRole('status').getByText(words)).toBeVisible();
    await stack.clearFaults();
  }
});
