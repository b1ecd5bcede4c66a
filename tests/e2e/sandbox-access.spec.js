// A sandbox that lets nobody in any more with the token that was told first.
import { randomBytes } from 'node:crypto';
import { isThere, started, straight } from '../harness/sandbox.mjs';
import { csv, sha256 } from '../harness/uploads.mjs';
import { expect, test } from './fixtures.js';

const MIB = 2 ** 20;

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

test('a large file on its way goes on when the sandbox got another token', async ({
  stack,
  configurationPage,
}) => {
  const code = [
    'import hashlib',
    'with open("/data/input/large.bin", "rb") as file:',
    '    print(hashlib.sha256(file.read()).hexdigest())',
  ].join('\n');
  const { url } = await stack.configuration({ code });
  const panel = await configurationPage.ready(url, stack.facts);
  const parts = async () =>
    (await stack.requestHeads())
      .filter(({ method, path }) => method === 'POST' && path.startsWith('/files'))
      .filter(({ status, body_bytes }) => status === 200 && body_bytes > 2 * MIB)
      .map(({ query }) => query);
  await panel.show('Files');
  await straight(panel);
  // Three parts of 16 MiB, the last of which is shorter.
  const buffer = randomBytes(40 * MIB);
  await panel.browse({ name: 'large.bin', mimeType: '', buffer });
  // The placing of a part and another part are held until the token is another one.
  for (const [path, seconds] of [
    ['/process.Process/Start', 3],
    ['/files', 8],
  ]) {
    await stack.e2bFault({ target: 'envd', path, method: 'POST', action: 'stall', seconds });
  }
  await stack.forgetRequests();
  await panel.button('Upload').click();
  await expect.poll(() => stack.e2bFaults(), { timeout: 20_000 }).toEqual([]);
  const [{ sandboxID }] = await stack.sandboxes();
  await stack.revokeToken(sandboxID);
  await isThere(panel, 'large.bin', undefined, { timeout: 30_000 });
  const sent = await parts();
  expect(sent, 'no part goes twice').toHaveLength(3);
  expect(new Set(sent).size).toBe(3);
  const asked = (await stack.requestHeads()).filter(({ path }) =>
    path.endsWith(`${sandboxID}/connect`),
  );
  expect(asked, 'once for all').toHaveLength(1);
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  expect(await panel.lines('stdout')).toEqual([sha256(buffer)]);
});
