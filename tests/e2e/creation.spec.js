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
      expect.arrayContaining(['configuration', 'run', 'template', 'version']),
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
