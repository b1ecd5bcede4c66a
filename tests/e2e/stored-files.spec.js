// Files that were uploaded earlier: listed by tag, used in runs, deleted.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from './fixtures.js';
import { csv, sha256, storedId } from '../harness/uploads.mjs';

const LIST_INPUTS = [
  'import pathlib',
  'names = sorted(path.name for path in pathlib.Path("/data/in/files").iterdir())',
  'print([name for name in names if not name.endswith(".manifest")])',
].join('\n');

test('a file of another day is listed, used in a run, left out again, and deleted', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const { url } = await stack.configuration({ code: LIST_INPUTS });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.browse(csv());
  await panel.button('Upload').click();
  const id = await storedId(panel, 'rain.csv');
  // Off the list of this session's uploads, and so out of later runs.
  await panel.button('Remove rain.csv').click();
  const earlier = panel.frame.getByRole('list', { name: 'Uploaded earlier' });
  const row = earlier.getByRole('listitem').filter({ hasText: 'rain.csv' });
  await expect(row).toContainText(`Storage ${id}`);
  await expect(row).toContainText('25 B');
  await expect(row).toContainText('kept 15 days');
  await picture('files-earlier');

  await panel.button('Use in runs: rain.csv').click();
  await expect(row).toContainText('in every run');
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  expect(await panel.lines('stdout')).toEqual([`['${id}_rain.csv']`]);

  await panel.show('Files');
  await panel.button('Leave out of runs: rain.csv').click();
  await expect(row).not.toContainText('in every run');
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  expect(await panel.lines('stdout')).toEqual(['[]']);

  await panel.show('Files');
  await row.getByRole('button', { name: 'Delete', exact: true }).click();
  await row.getByRole('button', { name: 'Keep' }).click();
  await row.getByRole('button', { name: 'Delete', exact: true }).click();
  await row.getByRole('button', { name: 'Delete from Storage' }).click();
  await expect(row).toHaveCount(0);
  expect((await stack.files()).map((file) => String(file.id))).not.toContain(id);
});

test('files of another configuration are not listed', async ({ stack, configurationPage }) => {
  const one = await stack.configuration({ code: 'print(1)' });
  const panel = await configurationPage.ready(one.url, stack.facts);
  await panel.browse(csv());
  await panel.button('Upload').click();
  await storedId(panel, 'rain.csv');
  const other = await stack.configuration({ code: 'print(1)' });
  await configurationPage.open(other.url);
  const second = await configurationPage.openPanel();
  await second.show('Files');
  // Storage's index needs a second; the list is read again after it.
  await configurationPage.page.waitForTimeout(2_500);
  await expect(second.frame.getByText('Uploaded earlier')).toBeHidden();
});

async function uploadedEarlier({ stack, configurationPage }, file) {
  const { url } = await stack.configuration({ code: LIST_INPUTS });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.browse(file);
  await panel.button('Upload').click();
  const id = await storedId(panel, file.name);
  await panel.button(`Remove ${file.name}`).click();
  const earlier = panel.frame.getByRole('list', { name: 'Uploaded earlier' });
  const row = earlier.getByRole('listitem').filter({ hasText: `Storage ${id}` });
  await expect(row).toBeVisible();
  return { panel, id, row };
}

test('an earlier file is downloaded, checked, and leaves no signed URL in the browser', async ({
  stack,
  configurationPage,
  context,
  picture,
}) => {
  const bytes = randomBytes(5_000_000);
  const file = csv('100% rain & more.csv', bytes);
  const { panel, row } = await uploadedEarlier({ stack, configurationPage }, file);
  const page = configurationPage.page;
  const waiting = page.waitForEvent('download');
  await panel.button('Download 100% rain & more.csv').press('Enter');
  const download = await waiting;
  expect(download.url()).toMatch(/^blob:chrome-extension:/);
  expect(download.suggestedFilename()).toBe('100% rain & more.csv');
  expect(sha256(readFileSync(await download.path()))).toBe(sha256(bytes));
  await expect(row).toContainText('Downloaded; the SHA-256 is right.');
  await picture('stored-downloaded');
  expect(context.pages()).toHaveLength(1);
  const resources = () =>
    performance.getEntriesByType('resource').map(({ name }) => name.split('?')[0]);
  // Nor does the page that holds the panel learn of it.
  expect((await page.evaluate(resources)).join()).not.toContain('amazonaws');
});

/** Names another content in the file's checksum tag: as if its object had been replaced. */
async function claimOtherContent({ stack, panel }, id, content) {
  const { stack: host, token } = stack.facts.keboola;
  const tags = `https://${host}/v2/storage/branch/default/files/${id}/tags`;
  const [was, now] = [`sha256:${sha256(content)}`, `sha256:${'0'.repeat(64)}`];
  const answers = await panel.frame.evaluate(
    async ([url, secret, old, other]) => {
      const headers = { 'X-StorageApi-Token': secret, 'Content-Type': 'application/json' };
      const body = JSON.stringify({ tag: other });
      const gone = await fetch(`${url}/${encodeURIComponent(old)}`, { method: 'DELETE', headers });
      const added = await fetch(url, { method: 'POST', headers, body });
      return [gone.status, added.status];
    },
    [tags, token, was, now],
  );
  expect(answers).toEqual([204, 204]);
}

test('an earlier file that is not what its checksum says is not saved', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const file = csv();
  const { panel, id, row } = await uploadedEarlier({ stack, configurationPage }, file);
  let saved = 0;
  configurationPage.page.on('download', () => (saved += 1));
  await claimOtherContent({ stack, panel }, id, file.buffer);
  await expect(async () => {
    await panel.button('Refresh').click();
    await expect(row.locator(`code[title="${'0'.repeat(64)}"]`)).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await panel.button('Download rain.csv').click();
  await expect(row).toContainText('What was downloaded is not what was uploaded.');
  await picture('stored-differs');
  expect(saved).toBe(0);
});

test('a download that breaks says so, and works when it is tried again', async ({
  stack,
  configurationPage,
}) => {
  const { panel, row } = await uploadedEarlier({ stack, configurationPage }, csv());
  await stack.fault({ host: '*.amazonaws.com', method: 'GET', kind: 'reset', times: 50 });
  await panel.button('Download rain.csv').click();
  await expect(row).toContainText('The download did not finish.');
  await stack.clearFaults();
  const waiting = configurationPage.page.waitForEvent('download');
  await panel.button('Download rain.csv').click();
  await (await waiting).path();
  await expect(row).toContainText('the SHA-256 is right');
});

test('an earlier file is added to the sandbox that lives, and its path is told', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const { panel, id, row } = await uploadedEarlier({ stack, configurationPage }, csv());
  // Before there is a sandbox, the button says that a run will fetch it.
  await expect(panel.button('Use in runs: rain.csv')).toBeVisible();
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  expect(await panel.lines('stdout')).toEqual(['[]']);
  await panel.show('Files');
  await panel.button('Add to sandbox: rain.csv').click();
  await expect(row).toContainText(`/data/in/files/${id}_rain.csv`);
  await expect(row).toContainText('in every run');
  await picture('stored-in-sandbox');
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  expect(await panel.lines('stdout')).toEqual([`['${id}_rain.csv']`]);
});
