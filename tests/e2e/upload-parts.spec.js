// Files that go in parts: several at a time, each tried again by itself, paused and continued.
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { expect, test } from './fixtures.js';
import { sha256, storedId } from '../harness/uploads.mjs';

/** Three parts of 8 MiB at most. */
const BYTES = 20_000_000;
const PART = { host: '*.amazonaws.com', method: 'PUT' };

async function ready({ stack, configurationPage, profile }) {
  const { url } = await stack.configuration({ code: 'print(1)' });
  const panel = await configurationPage.ready(url, stack.facts);
  const bytes = randomBytes(BYTES);
  const path = `${profile}/big.bin`;
  writeFileSync(path, bytes);
  return { panel, path, hash: sha256(bytes) };
}

/** Requests to the object store: `{method, path, status, …}`. */
const toStore = async (stack, method) =>
  (await stack.requests()).filter(
    (request) => request.host.endsWith('.amazonaws.com') && request.method === method,
  );

test('a file in parts is in Storage byte for byte', async ({
  stack,
  configurationPage,
  profile,
}) => {
  const { panel, path, hash } = await ready({ stack, configurationPage, profile });
  await stack.forgetRequests();
  await panel.browse(path);
  await panel.button('Upload').click();
  const id = await storedId(panel, 'big.bin');
  expect(await stack.object(id)).toMatchObject({ bytes: BYTES, sha256: hash });
  expect(await toStore(stack, 'PUT')).toHaveLength(3);
  // Begun, and made an object of.
  expect(await toStore(stack, 'POST')).toHaveLength(2);
});

test('a part that fails is sent again, and no other', async ({
  stack,
  configurationPage,
  profile,
}) => {
  const { panel, path, hash } = await ready({ stack, configurationPage, profile });
  await stack.forgetRequests();
  await stack.fault({ ...PART, kind: 'reset', times: 1 });
  await stack.fault({ ...PART, kind: 'unavailable', times: 1 });
  await panel.browse(path);
  await panel.button('Upload').click();
  const id = await storedId(panel, 'big.bin');
  expect(await stack.object(id)).toMatchObject({ bytes: BYTES, sha256: hash });
  expect(await toStore(stack, 'PUT')).toHaveLength(3 + 2);
});

test('Pause rests, and Continue sends what is missing', async ({
  stack,
  configurationPage,
  profile,
  picture,
}) => {
  const { panel, path, hash } = await ready({ stack, configurationPage, profile });
  // The parts are held, so that there is time for a pause.
  await stack.fault({ ...PART, kind: 'stall', stall_ms: 60_000, times: 2 });
  await panel.browse(path);
  await panel.button('Upload').click();
  await panel.button('Pause big.bin').click();
  await expect(panel.file('big.bin')).toContainText('paused');
  await picture('files-paused');
  await stack.clearFaults();
  await stack.forgetRequests();
  await configurationPage.page.waitForTimeout(1_000);
  expect(await toStore(stack, 'PUT')).toEqual([]);
  await panel.button('Continue big.bin').click();
  const id = await storedId(panel, 'big.bin');
  expect(await stack.object(id)).toMatchObject({ bytes: BYTES, sha256: hash });
});

test('a file of 300 MB goes on while the panel and its page are closed', async ({
  stack,
  configurationPage,
  context,
  profile,
}) => {
  const { url } = await stack.configuration({ code: 'print(1)' });
  const panel = await configurationPage.ready(url, stack.facts);
  const piece = randomBytes(10_000_000);
  const bytes = Buffer.concat(Array.from({ length: 30 }, () => piece));
  const path = `${profile}/large.bin`;
  writeFileSync(path, bytes);
  const before = (await stack.files()).map(({ id }) => id);
  await panel.browse(path);
  await panel.button('Upload').click();
  await expect(panel.file('large.bin').getByRole('progressbar')).toBeVisible();
  const other = await context.newPage();
  await configurationPage.page.close();
  const created = async () => (await stack.files()).find(({ id }) => !before.includes(id));
  await expect.poll(created, { timeout: 30_000 }).toBeDefined();
  const { id } = await created();
  await expect
    .poll(async () => (await stack.object(id).catch(() => ({}))).sha256, { timeout: 60_000 })
    .toBe(sha256(bytes));
  await other.close();
});
