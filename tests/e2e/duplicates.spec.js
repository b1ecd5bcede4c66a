// The same content twice: offered for reuse before anything is sent, and decided by the person only.
import { expect, test } from './fixtures.js';
import { csv, sparseFile, storedId } from '../harness/uploads.mjs';

const LIST_INPUTS = [
  'import pathlib',
  'names = sorted(path.name for path in pathlib.Path("/data/in/files").iterdir())',
  'print([name for name in names if not name.endswith(".manifest")])',
].join('\n');

async function uploadedOnce({ stack, configurationPage }, file = csv()) {
  const { url } = await stack.configuration({ code: LIST_INPUTS });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.browse(file);
  await panel.button('Upload').click();
  const id = await storedId(panel, file.name);
  await panel.button(`Remove ${file.name}`).click();
  const earlier = panel.frame.getByRole('list', { name: 'Uploaded earlier' });
  await expect(earlier).toContainText(`Storage ${id}`);
  return { panel, id, earlier };
}

const count = async (stack) => (await stack.files()).length;

test('what is in Storage is used instead, and nothing is sent', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const { panel, id, earlier } = await uploadedOnce({ stack, configurationPage });
  const before = await count(stack);
  await panel.browse(csv('the same.csv'));
  const row = panel.file('the same.csv');
  await expect(row).toContainText(`Already in Storage as ${id}, rain.csv.`);
  await picture('duplicate-offered');
  // Upload decides nothing by itself.
  await panel.button('Upload').click();
  await expect(panel.button('Upload')).toBeEnabled();
  await expect(row).toContainText(`Already in Storage as ${id}, rain.csv.`);
  expect(await count(stack)).toBe(before);
  await stack.forgetRequests();
  await panel.button('Use it: the same.csv').click();
  await expect(panel.file('the same.csv')).toHaveCount(0);
  await expect(earlier).toContainText('in every run');
  expect((await stack.requests()).filter(({ method }) => method === 'PUT')).toEqual([]);
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  expect(await panel.lines('stdout')).toEqual([`['${id}_rain.csv']`]);
});

test('it is uploaded again when the person wants that', async ({ stack, configurationPage }) => {
  const { panel, id } = await uploadedOnce({ stack, configurationPage });
  const before = await count(stack);
  await panel.browse(csv('again.csv'));
  await panel.button('Upload anyway: again.csv').click();
  expect(await storedId(panel, 'again.csv')).not.toBe(id);
  expect(await count(stack)).toBe(before + 1);
});

test('the others of a choice are sent, and copies are decided together', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const { panel, id } = await uploadedOnce({ stack, configurationPage });
  const before = await count(stack);
  await panel.browse([
    csv('copy 1.csv'),
    csv('copy 2.csv'),
    csv('same size.csv', Buffer.from('date,rain\n2026-01-01,9.9\n')),
    csv('new.csv', Buffer.from('something else\n')),
  ]);
  await expect(
    panel.frame.getByText('2 of the chosen files are in Storage already.'),
  ).toBeVisible();
  await picture('duplicate-several');
  await panel.button('Upload').click();
  await storedId(panel, 'new.csv');
  await storedId(panel, 'same size.csv');
  expect(await count(stack)).toBe(before + 2);
  await expect(panel.file('copy 1.csv')).toContainText(`Already in Storage as ${id}`);
  await panel.button('Use all 2').click();
  await expect(panel.file('copy 1.csv')).toHaveCount(0);
  expect(await count(stack)).toBe(before + 2);
});

test('a file with the size of an earlier one waits for its checksum, however large', async ({
  stack,
  configurationPage,
  profile,
}) => {
  const { url } = await stack.configuration({ code: LIST_INPUTS });
  const panel = await configurationPage.ready(url, stack.facts);
  const path = sparseFile(`${profile}/large.bin`, 80_000_000);
  await panel.browse(path);
  await panel.button('Upload').click();
  const id = await storedId(panel, 'large.bin');
  await expect(panel.file('large.bin').locator('code[title]')).toBeVisible();
  await expect
    .poll(async () => (await stack.files()).find((file) => String(file.id) === id).tags.join())
    .toContain('sha256:');
  const before = await count(stack);
  await panel.browse(sparseFile(`${profile}/copy.bin`, 80_000_000));
  await panel.button('Upload').click();
  await expect(panel.file('copy.bin')).toContainText(`Already in Storage as ${id}`, {
    timeout: 60_000,
  });
  expect(await count(stack)).toBe(before);
});
