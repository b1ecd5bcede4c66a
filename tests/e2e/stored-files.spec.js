// Files that were uploaded earlier: listed by tag, used in runs, deleted.
import { expect, test } from './fixtures.js';
import { csv, storedId } from '../harness/uploads.mjs';

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
