// Folders and many files at once: dropped or browsed, kept in the names, summed up, ended together.
import { expect, test } from './fixtures.js';
import { browseFolder, dropPaths, writeTree } from '../harness/folders.mjs';
import { csv, sha256, storedId } from '../harness/uploads.mjs';

const ready = async ({ stack, configurationPage }) => {
  const { url } = await stack.configuration({ code: 'print(1)' });
  return configurationPage.ready(url, stack.facts);
};

const TREE = {
  'weather/2026/rain.csv': 'date,rain\n',
  'weather/2026/.DS_Store': 'finder',
  'weather/rain.csv': 'other\n',
  'weather/Thumbs.db': 'thumbs',
  'weather/nothing/': null,
};

test('a dropped folder brings every file below it, with its path in the name', async ({
  stack,
  configurationPage,
  profile,
  picture,
}) => {
  const panel = await ready({ stack, configurationPage });
  const root = writeTree(`${profile}/dropped`, TREE);
  await panel.show('Files');
  await dropPaths(panel, `${root}/weather`);
  const row = panel.file('weather/2026/rain.csv');
  await expect(row).toContainText('in Storage: weather__2026__rain.csv');
  await expect(panel.file('weather/rain.csv')).toBeVisible();
  await expect(panel.files.getByRole('listitem')).toHaveCount(2);
  const told = panel.frame.getByRole('status').filter({ hasText: 'left out' });
  await expect(told).toContainText('2 files of the system left out');
  await expect(told).toContainText('Without a file, so nothing to upload: weather/nothing.');
  await picture('folders-chosen');
  await panel.button('Upload 2 files').click();
  const id = await storedId(panel, 'weather__2026__rain.csv');
  await expect(panel.file('weather__2026__rain.csv')).toContainText('from weather/2026/rain.csv');
  await storedId(panel, 'weather__rain.csv');
  expect((await stack.object(id)).sha256).toBe(sha256(Buffer.from(TREE['weather/2026/rain.csv'])));
  const files = await stack.files();
  expect(files.find((file) => String(file.id) === id).name).toBe('weather__2026__rain.csv');
  await picture('folders-stored');
});

test('a browsed folder does the same, and choosing it twice adds nothing', async ({
  stack,
  configurationPage,
  profile,
}) => {
  const panel = await ready({ stack, configurationPage });
  const root = writeTree(`${profile}/browsed`, TREE);
  await browseFolder(panel, `${root}/weather`);
  await expect(panel.files.getByRole('listitem')).toHaveCount(2);
  await browseFolder(panel, `${root}/weather`);
  await expect(panel.frame.getByText('2 files are on the list already.')).toBeVisible();
  await expect(panel.files.getByRole('listitem')).toHaveCount(2);
  await panel.button('Remove all').click();
  await expect(panel.files.getByRole('listitem')).toHaveCount(0);
  await browseFolder(panel, `${root}/weather`);
  await expect(panel.files.getByRole('listitem')).toHaveCount(2);
});

test('an empty folder is said, and is no upload', async ({ stack, configurationPage, profile }) => {
  const panel = await ready({ stack, configurationPage });
  const root = writeTree(`${profile}/empty`, { 'nothing/': null });
  await panel.show('Files');
  await dropPaths(panel, `${root}/nothing`);
  await expect(panel.frame.getByText('nothing to upload: nothing.')).toBeVisible();
  await expect(panel.button('Upload')).toBeDisabled();
});

test('a path that is too long for Storage says so before the upload', async ({
  stack,
  configurationPage,
  profile,
}) => {
  const panel = await ready({ stack, configurationPage });
  const deep = Array.from({ length: 12 }, () => 'twenty-letter-folder').join('/');
  const root = writeTree(`${profile}/deep`, { [`${deep}/a.csv`]: 'a\n', [`b.csv`]: 'b\n' });
  await browseFolder(panel, root);
  await expect(panel.file('twenty-letter-folder')).toContainText('230 is the most');
  await expect(panel.file('twenty-letter-folder')).toContainText('not uploaded');
  await expect(panel.button('Upload')).toBeEnabled();
});

test('a thousand files are a hundred rows and a sum, and are all stored', async ({
  stack,
  configurationPage,
  profile,
  picture,
}) => {
  test.setTimeout(300_000);
  const panel = await ready({ stack, configurationPage });
  const tree = {};
  for (let at = 0; at < 1_000; at += 1) {
    tree[`many/${String(at).padStart(4, '0')}.txt`] = `file ${at}\n`;
  }
  const root = writeTree(`${profile}/thousand`, tree);
  const before = (await stack.files()).length;
  await browseFolder(panel, `${root}/many`);
  await expect(panel.frame.getByText(/^1\s000 files chosen/)).toBeVisible();
  await expect(panel.files.getByRole('listitem')).toHaveCount(101);
  await expect(panel.frame.getByText('900 chosen files not shown')).toBeVisible();
  await expect(panel.button('Upload'), 'in sight below a long list').toBeInViewport();
  await picture('folders-thousand');
  await panel.frame.getByLabel('Sandbox, fetched from Storage').uncheck();
  await panel.button('Upload').click();
  await expect(panel.frame.getByText(/^1\s000 uploads: 1\s000 stored/)).toBeVisible({
    timeout: 240_000,
  });
  expect((await stack.files()).length).toBe(before + 1_000);
});

test('many are cancelled, tried again and taken off the list together', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const panel = await ready({ stack, configurationPage });
  const before = (await stack.files()).length;
  await stack.fault({
    host: '*.amazonaws.com',
    method: 'PUT',
    kind: 'stall',
    stall_ms: 60_000,
    times: 200,
  });
  const names = Array.from({ length: 20 }, (_, at) => `${at}.csv`);
  await panel.browse(names.map((name) => csv(name, Buffer.from(name))));
  await panel.button('Upload 20 files').click();
  await expect(panel.frame.getByText(/^20 uploads/)).toBeVisible();
  await panel.button('Cancel all').click();
  await expect(panel.frame.getByText('20 uploads: 20 failed')).toBeVisible({ timeout: 30_000 });
  await expect.poll(async () => (await stack.files()).length).toBe(before);
  await picture('folders-cancelled');
  await stack.clearFaults();
  await panel.button('Retry failed').click();
  await expect(panel.frame.getByText('20 uploads: 20 stored')).toBeVisible({ timeout: 60_000 });
  expect((await stack.files()).length).toBe(before + 20);
  await panel.button('Remove finished').click();
  await panel.button('Remove, and leave out of runs').click();
  const ours = panel.files.getByRole('listitem');
  await expect(ours).toHaveCount(0);
  expect((await stack.files()).length).toBe(before + 20);
});
