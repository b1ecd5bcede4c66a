// Uploads that cannot be, that fail on the way, and that are stopped.
import { expect, test as base } from './fixtures.js';
import { openChromium } from '../harness/chromium.mjs';
import { extensionId } from '../harness/extension.mjs';
import {
  csv,
  expireCredentials,
  sha256,
  sparseFile,
  storedId,
  watchProgress,
} from '../harness/uploads.mjs';

const test = base.extend({
  allowUploads: [true, { option: true }],
  context: async ({ stack, profile, viewport, allowUploads }, use) => {
    const { resolverRules } = stack;
    const context = await openChromium({ profile, resolverRules, viewport, allowUploads });
    await use(context);
    await context.close();
  },
});

const OBJECT_STORE = { host: '*.amazonaws.com', method: 'PUT' };

async function panelOf({ stack, configurationPage }) {
  const { url } = await stack.configuration({ code: 'print(1)' });
  return configurationPage.ready(url, stack.facts);
}

const listed = async (stack) => (await stack.files()).map(({ id }) => id);

test('the progress is what the network took, never less and never more', async ({
  stack,
  configurationPage,
  picture,
  profile,
}) => {
  const panel = await panelOf({ stack, configurationPage });
  const total = 60_000_000;
  const path = sparseFile(`${profile}/big.bin`, total);
  await stack.fault({ ...OBJECT_STORE, kind: 'stall', stall_ms: 8_000 });
  const seen = await watchProgress(panel.frame);
  await panel.browse(path);
  await panel.button('Upload').click();
  const bar = panel.file('big.bin').getByRole('progressbar');
  await expect(bar).toHaveAttribute('max', String(total), { timeout: 30_000 });
  await expect.poll(async () => (await seen()).at(-1), { timeout: 30_000 }).toBeGreaterThan(0);
  // The store reads nothing yet: only what fits into the buffers on the way can have left.
  expect((await seen()).at(-1)).toBeLessThan(total);
  await expect(panel.file('big.bin')).toContainText(/[\d.]+ (kB )?of 60 MB/);
  await picture('files-progress');
  const id = await storedId(panel, 'big.bin');
  const values = await seen();
  expect(values).toEqual(values.toSorted((one, other) => one - other));
  expect(values.length).toBeGreaterThan(2);
  expect(Math.max(...values)).toBeLessThanOrEqual(total);
  expect(await stack.object(id)).toMatchObject({ bytes: total });
});

test('an object store that breaks each connection leaves nothing behind; Retry works', async ({
  stack,
  configurationPage,
}) => {
  const panel = await panelOf({ stack, configurationPage });
  const before = await listed(stack);
  await stack.fault({ ...OBJECT_STORE, kind: 'reset', times: 50 });
  await panel.browse(csv());
  await panel.button('Upload').click();
  const row = panel.file('rain.csv');
  await expect(row).toContainText('trying again');
  await expect(row.getByRole('alert')).toContainText('The upload did not finish.', {
    timeout: 60_000,
  });
  expect(await listed(stack)).toEqual(before);
  await stack.clearFaults();
  await panel.button('Retry rain.csv').click();
  const id = await storedId(panel, 'rain.csv');
  expect((await stack.object(id)).sha256).toBe(sha256(csv().buffer));
  await expect(panel.file('rain.csv')).toHaveCount(1);
});

test('credentials that expire before the bytes arrive are replaced, and no entry is left', async ({
  stack,
  configurationPage,
}) => {
  const panel = await panelOf({ stack, configurationPage });
  const before = await listed(stack);
  await stack.fault({ ...OBJECT_STORE, kind: 'stall', stall_ms: 4_000 });
  await panel.browse(csv());
  await panel.button('Upload').click();
  const prepared = async () => (await listed(stack)).find((id) => !before.includes(id));
  await expect.poll(prepared).toBeDefined();
  const first = await prepared();
  await expireCredentials(stack, first);
  const id = await storedId(panel, 'rain.csv');
  expect(await stack.object(id)).toMatchObject({ sha256: sha256(csv().buffer) });
  const after = await listed(stack);
  expect(after).not.toContain(first);
  expect(after).toHaveLength(before.length + 1);
});

test('a Storage that does not prepare the file is told as such', async ({
  stack,
  configurationPage,
}) => {
  const panel = await panelOf({ stack, configurationPage });
  const before = await listed(stack);
  await stack.fault({
    host: 'connection.*',
    path: '*/files/prepare',
    method: 'POST',
    kind: 'server_error',
    times: 50,
  });
  await panel.browse(csv());
  await panel.button('Upload').click();
  const failure = panel.file('rain.csv').getByRole('alert');
  await expect(failure).toContainText('Keboola answered 500', { timeout: 60_000 });
  // Nothing that a person sent was wrong.
  await expect(failure).not.toContainText('Correct what it names');
  expect(await listed(stack)).toEqual(before);
  await stack.clearFaults();
  await panel.button('Retry rain.csv').click();
  await storedId(panel, 'rain.csv');
});

test('a storm of 429 is waited out, and a limit of the project is told in its own words', async ({
  stack,
  configurationPage,
}) => {
  const panel = await panelOf({ stack, configurationPage });
  const prepare = { host: 'connection.*', path: '*/files/prepare', method: 'POST' };
  await stack.fault({ ...prepare, kind: 'too_many_requests', retry_after_s: 1, times: 14 });
  const names = ['a.csv', 'b.csv', 'c.csv'];
  await panel.browse(names.map((name) => csv(name)));
  await panel.button('Upload').click();
  await expect(panel.files).toContainText('Storage is busy and asks to wait; trying again');
  for (const name of names) await storedId(panel, name);

  const before = await listed(stack);
  await stack.fault({ ...prepare, kind: 'limit_reached', times: 9 });
  await panel.browse(csv('d.csv', Buffer.from('more')));
  await panel.button('Upload').click();
  const failure = panel.file('d.csv').getByRole('alert');
  await expect(failure).toContainText('The limit of files of this project is reached.');
  expect(await listed(stack)).toEqual(before);
  await stack.clearFaults();
  await panel.button('Retry d.csv').click();
  await storedId(panel, 'd.csv');
});

test('Cancel in mid-file deletes the prepared file, and the file can be added again', async ({
  stack,
  configurationPage,
  profile,
}) => {
  const panel = await panelOf({ stack, configurationPage });
  const before = await listed(stack);
  await stack.fault({ ...OBJECT_STORE, kind: 'stall', stall_ms: 60_000 });
  const path = sparseFile(`${profile}/big.bin`, 60_000_000);
  await panel.browse(path);
  await panel.button('Upload').click();
  await expect.poll(async () => (await listed(stack)).length).toBe(before.length + 1);
  await panel.button('Cancel big.bin').click();
  await expect(panel.file('big.bin')).toContainText('The upload was cancelled.');
  expect(await listed(stack)).toEqual(before);
  await stack.clearFaults();
  await panel.button('Remove big.bin').click();
  await expect(panel.file('big.bin')).toHaveCount(0);
  await panel.browse(path);
  await panel.button('Upload').click();
  await storedId(panel, 'big.bin');
});

test('a file beyond the limit is refused before anything starts, with the limit', async ({
  stack,
  configurationPage,
  picture,
  profile,
}) => {
  const panel = await panelOf({ stack, configurationPage });
  const before = await listed(stack);
  await panel.browse(sparseFile(`${profile}/huge.bin`, 5_500_000_000_000));
  const row = panel.file('huge.bin');
  await expect(row.getByRole('alert')).toContainText('The file is too large for one upload.');
  await expect(row.getByRole('alert')).toContainText('5,497,558,138,880 bytes');
  await expect(panel.button('Upload')).toBeDisabled();
  await picture('files-too-large');
  // One that fits can go meanwhile.
  await panel.browse(csv());
  await panel.button('Upload').click();
  await storedId(panel, 'rain.csv');
  await expect(row).toContainText('not uploaded');
  expect(await listed(stack)).toHaveLength(before.length + 1);
});

test('without a token the upload says what is missing and where to enter it', async ({
  stack,
  configurationPage,
}) => {
  const { url } = await stack.configuration({ code: 'print(1)' });
  await configurationPage.open(url);
  const panel = await configurationPage.openPanel();
  await panel.browse(csv());
  const files = panel.frame.getByRole('tabpanel', { name: 'Files' });
  await expect(files).toContainText('An upload needs a Storage token of this project.');
  await expect(panel.button('Upload')).toBeDisabled();
  await files.getByRole('button', { name: 'Open Settings' }).click();
  await expect(panel.frame.getByLabel('Storage token', { exact: true })).toBeFocused();
  // What was chosen is not lost by the way to the token.
  await panel.saveToken(stack.facts.keboola.token);
  await expect(panel.button('Forget token')).toBeVisible();
  await panel.show('Files');
  await panel.button('Upload').click();
  await storedId(panel, 'rain.csv');
});

test.describe('with a cloud storage that the browser does not allow yet', () => {
  test.use({ allowUploads: false });

  test('the upload says so, prepares nothing, and Allow brings it on its way', async ({
    stack,
    configurationPage,
    context,
    picture,
  }) => {
    const panel = await panelOf({ stack, configurationPage });
    const before = await listed(stack);
    await panel.browse(csv());
    await panel.button('Upload').click();
    const failure = panel.file('rain.csv').getByRole('alert');
    await expect(failure).toContainText('The browser does not allow a host yet that this needs.');
    await expect(panel.button('Allow')).toBeVisible();
    await picture('files-not-allowed');
    expect(await listed(stack)).toEqual(before);

    await allowHosts(context);
    await panel.button('Allow').click();
    expect(await stack.object(await storedId(panel, 'rain.csv'))).toMatchObject({
      sha256: sha256(csv().buffer),
    });
  });
});

/** Answers Chrome's question in advance, which nobody can press in a headless browser. */
async function allowHosts(context) {
  const page = await context.newPage();
  await page.goto('chrome://extensions');
  await page.evaluate(
    (id) => chrome.developerPrivate.addHostPermission(id, 'https://*.amazonaws.com/*'),
    extensionId(),
  );
  await page.close();
}
