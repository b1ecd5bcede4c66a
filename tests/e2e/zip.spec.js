// Several files as one archive, made without their bytes passing through the panel.
import { execFileSync } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import { expect, test } from './fixtures.js';
import { browseFolder, writeTree } from '../harness/folders.mjs';
import { csv, sparseFile, storedId } from '../harness/uploads.mjs';

/** Unpacks every archive of the inputs and prints what is in it, as Python reads it. */
const LIST_ARCHIVES = [
  'import hashlib, pathlib, zipfile',
  'for path in sorted(pathlib.Path("/data/in/files").glob("*.zip")):',
  '    with zipfile.ZipFile(path) as archive:',
  '        print("broken:", archive.testzip())',
  '        for info in archive.infolist():',
  '            digest = hashlib.sha256(archive.read(info)).hexdigest()[:8]',
  '            print(info.filename, info.file_size, digest)',
].join('\n');

const digest = (bytes) => execFileSync('sha256sum', { input: bytes }).toString().slice(0, 8);

test('a folder goes as one archive, with its folders, and Python unpacks it', async ({
  stack,
  configurationPage,
  profile,
  picture,
}) => {
  const { url } = await stack.configuration({ code: LIST_ARCHIVES });
  const panel = await configurationPage.ready(url, stack.facts);
  const tree = {
    'weather/2026/rain.csv': 'date,rain\n',
    'weather/empty.csv': '',
    'weather/žluťoučký kůň.txt': 'kůň\n',
  };
  await browseFolder(panel, `${writeTree(`${profile}/tree`, tree)}/weather`);
  const before = (await stack.files()).length;
  await panel.frame.getByLabel('As one zip').check();
  await expect(panel.frame.getByLabel('Name of the archive')).toHaveValue('weather.zip');
  await panel.frame.getByLabel('Name of the archive').fill('all of it');
  await picture('zip-chosen');
  await panel.button('Upload as one zip').click();
  await storedId(panel, 'all of it.zip');
  await picture('zip-stored');
  expect((await stack.files()).length).toBe(before + 1);
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  const expected = Object.entries(tree).map(
    ([path, text]) => `${path} ${Buffer.byteLength(text)} ${digest(Buffer.from(text))}`,
  );
  const lines = await panel.lines('stdout');
  expect(lines[0]).toBe('broken: None');
  expect(lines.slice(1).toSorted()).toEqual(expected.toSorted());
});

test('two files of the same name are both in it', async ({ stack, configurationPage }) => {
  const { url } = await stack.configuration({ code: LIST_ARCHIVES });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.browse(csv('a.csv', Buffer.from('one')));
  await panel.browse(csv('a.csv', Buffer.from('other')));
  await panel.frame.getByLabel('As one zip').check();
  await panel.button('Upload as one zip').click();
  await storedId(panel, 'files.zip');
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  expect(await panel.lines('stdout')).toEqual([
    'broken: None',
    `a.csv 3 ${digest('one')}`,
    `a (2).csv 5 ${digest('other')}`,
  ]);
});

test('a name that cannot be is refused, and nothing is lost', async ({
  stack,
  configurationPage,
}) => {
  const { url } = await stack.configuration({ code: 'print(1)' });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.browse([csv('a.csv'), csv('b.csv')]);
  await panel.frame.getByLabel('As one zip').check();
  await panel.frame.getByLabel('Name of the archive').fill('../a');
  await panel.button('Upload as one zip').click();
  await expect(panel.frame.getByText("The file's name cannot be used.")).toBeVisible();
  await expect(panel.files.getByRole('listitem')).toHaveCount(2);
});

test('a file that changes after it was read ends the upload of its archive', async ({
  stack,
  configurationPage,
  profile,
}) => {
  const { url } = await stack.configuration({ code: 'print(1)' });
  const panel = await configurationPage.ready(url, stack.facts);
  const before = (await stack.files()).length;
  const path = `${profile}/changing.csv`;
  writeFileSync(path, 'a\n1\n');
  const large = sparseFile(`${profile}/large.bin`, 70_000_000);
  await panel.browse([path, large]);
  await expect(panel.file('large.bin').locator('code[title]')).toBeVisible();
  appendFileSync(path, '2\n');
  await panel.frame.getByLabel('As one zip').check();
  await panel.button('Upload as one zip').click();
  await expect(panel.file('files.zip')).toContainText('The file could not be read.');
  await expect.poll(async () => (await stack.files()).length).toBe(before);
});
