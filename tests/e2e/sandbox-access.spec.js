// A sandbox that lets nobody in any more with the token that was told first.
import { randomBytes } from 'node:crypto';
import { started, straight } from '../harness/sandbox.mjs';
import { csv } from '../harness/uploads.mjs';
import { expect, test } from './fixtures.js';

test('a sandbox whose access was reset is entered anew, and what keeps us out is told', async ({
  stack,
  configurationPage,
}) => {
  const { url } = await stack.configuration({ code: 'print("ran")\n' });
  const panel = await started({ stack, configurationPage, url });
  const [{ sandboxID }] = await stack.sandboxes();
  const connects = async () =>
    (await stack.requestHeads()).filter(({ path }) => path.endsWith(`${sandboxID}/connect`)).length;

  await stack.revokeToken(sandboxID);
  await panel.button('New folder').click();
  await panel.frame.getByLabel('Name of the new folder').fill('work');
  await panel.button('Make folder').click();
  await expect(panel.button('Open folder work')).toBeVisible();
  expect(await connects()).toBe(1);

  // Many at once: it is asked for one time.
  await stack.revokeToken(sandboxID);
  await panel.show('Files');
  await straight(panel);
  const several = Array.from({ length: 12 }, (_, at) => csv(`${at}.csv`));
  await panel.browse([...several, { name: 'l.bin', mimeType: '', buffer: randomBytes(2 ** 21) }]);
  await panel.button('Upload').click();
  await expect(panel.frame.getByText('13 uploads: 13 stored')).toBeVisible();
  expect(await connects()).toBe(2);

  await stack.revokeToken(sandboxID);
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  expect(await panel.lines('stdout')).toEqual(['ran']);
  expect(await stack.sandboxes()).toHaveLength(1);

  await stack.revokeToken(sandboxID);
  await stack.e2bFault({
    target: 'api',
    path: '/connect',
    action: 'status',
    status: 500,
    count: 20,
  });
  await panel.show('Sandbox');
  await panel.button('Refresh').click();
  await expect(panel.problem).toContainText('does not let the extension in any more');
  await stack.clearFaults();
  await panel.button('Refresh').click();
  await expect(panel.button('Open folder work')).toBeVisible();
});
