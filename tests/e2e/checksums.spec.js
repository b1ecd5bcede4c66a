// The SHA-256 of chosen files: shown before Upload, kept as a tag, and no reason to wait.
import { appendFileSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { expect, test } from './fixtures.js';
import { csv, sha256, sparseFile, storedId } from '../harness/uploads.mjs';

const ready = async ({ stack, configurationPage }) => {
  const { url } = await stack.configuration({ code: 'print(1)' });
  return configurationPage.ready(url, stack.facts);
};

const tagsOf = async (stack, id) =>
  (await stack.files()).find((file) => String(file.id) === id).tags;

test('a chosen file shows its checksum before anything is sent, and takes it along as a tag', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const panel = await ready({ stack, configurationPage });
  const file = csv();
  await panel.browse(file);
  const shown = panel.file('rain.csv').locator('code[title]');
  await expect(shown).toHaveAttribute('title', sha256(file.buffer));
  await picture('checksum-chosen');
  await panel.button('Upload').click();
  const id = await storedId(panel, 'rain.csv');
  expect(await tagsOf(stack, id)).toContain(`sha256:${sha256(file.buffer)}`);
});

test('a large file is sent before it is read to its end, and is tagged afterwards', async ({
  stack,
  configurationPage,
  profile,
}) => {
  const panel = await ready({ stack, configurationPage });
  const path = sparseFile(`${profile}/big.bin`, 400_000_000);
  writeSync(openSync(path, 'r+'), 'end', 399_999_997);
  await panel.browse(path);
  await panel.button('Upload').click();
  const id = await storedId(panel, 'big.bin');
  const object = await stack.object(id);
  expect(object.bytes).toBe(400_000_000);
  const shown = panel.file('big.bin').locator('code[title]');
  await expect(shown).toHaveAttribute('title', object.sha256, { timeout: 60_000 });
  await expect.poll(() => tagsOf(stack, id)).toContain(`sha256:${object.sha256}`);
});

test('small files do not wait for a large one, and a removed one is not read on', async ({
  stack,
  configurationPage,
  profile,
}) => {
  const panel = await ready({ stack, configurationPage });
  await panel.browse(sparseFile(`${profile}/huge.bin`, 40_000_000_000));
  await expect(panel.file('huge.bin')).toContainText('checksum: ');
  await panel.browse(csv());
  await expect(panel.file('rain.csv').locator('code[title]')).toBeVisible();
  await expect(panel.file('huge.bin')).toContainText('% read');
  await panel.button('Remove huge.bin').click();
  await panel.browse(sparseFile(`${profile}/next.bin`, 70_000_000));
  await expect(panel.file('next.bin').locator('code[title]')).toBeVisible();
});

test('a file that was changed after it was chosen says so before the upload', async ({
  stack,
  configurationPage,
  profile,
}) => {
  const panel = await ready({ stack, configurationPage });
  const path = `${profile}/changing.csv`;
  // The large file keeps this line of the reading busy until the change.
  const large = sparseFile(`${profile}/huge.bin`, 2_000_000_000);
  writeFileSync(path, Buffer.alloc(70_000_000));
  await panel.browse([large, path]);
  appendFileSync(path, 'more');
  await panel.button('Remove huge.bin').click();
  await expect(panel.file('changing.csv')).toContainText('The file could not be read.');
  await expect(panel.file('changing.csv')).toContainText('not uploaded');
  await expect(panel.button('Upload')).toBeDisabled();
});
