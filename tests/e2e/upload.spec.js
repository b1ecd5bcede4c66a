// One file: from the disk to Storage, and from there into the sandbox.
import { createHash, randomBytes } from 'node:crypto';
import { expect, test } from './fixtures.js';

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const csv = (bytes = Buffer.from('date,rain\n2026-01-01,3.5\n')) => ({
  name: 'rain.csv',
  mimeType: 'text/csv',
  buffer: bytes,
});

/** Lists what came into the sandbox, with its manifest. */
const LIST_FILES = [
  'import hashlib, json, pathlib',
  'for path in sorted(pathlib.Path("/data/in/files").iterdir()):',
  '    if path.suffix == ".manifest":',
  '        print("manifest", json.dumps(json.loads(path.read_text())["tags"]))',
  '    else:',
  '        print(path.name, hashlib.sha256(path.read_bytes()).hexdigest())',
].join('\n');

async function storedId(panel, name) {
  const stored = panel.file(name).getByText(/^Storage \d+$/);
  await stored.waitFor();
  return (await stored.textContent()).replace('Storage ', '');
}

test('a chosen file is in Storage, tagged, byte for byte, and in the sandbox', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const { url, id: configuration } = await stack.configuration({ code: LIST_FILES });
  const panel = await configurationPage.ready(url, stack.facts);
  const bytes = randomBytes(3_000_000);
  await panel.browse(csv(bytes));
  await panel.frame.getByLabel('Your tags').fill('weather, 2026');
  await picture('files-chosen');
  await panel.button('Upload').click();
  const id = await storedId(panel, 'rain.csv');
  await picture('files-stored');
  expect(await stack.object(id)).toMatchObject({ bytes: bytes.length, sha256: sha256(bytes) });
  const file = (await stack.files()).find((one) => String(one.id) === id);
  expect(file).toMatchObject({ name: 'rain.csv', sizeBytes: bytes.length });
  const tags = ['kbc-e2b-writer', configuration, 'weather', '2026'];
  expect(file.tags).toEqual(expect.arrayContaining(tags));

  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  const [name, manifest] = await panel.lines('stdout');
  expect(name).toBe(`${id}_rain.csv ${sha256(bytes)}`);
  for (const tag of tags) expect(manifest).toContain(tag);
  await panel.show('Files');
  await expect(panel.file('rain.csv')).toContainText(`/data/in/files/${id}_rain.csv`);
});

test('a file that is dropped while a sandbox lives is there at once', async ({
  stack,
  configurationPage,
}) => {
  const { url } = await stack.configuration({ code: LIST_FILES });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.runToEnd();
  const bytes = Buffer.from('a\n1\n');
  await panel.drop({ name: 'dropped.csv', type: 'text/csv', bytes });
  await panel.button('Upload').click();
  const id = await storedId(panel, 'dropped.csv');
  await expect(panel.file('dropped.csv')).toContainText(`/data/in/files/${id}_dropped.csv`);
  expect((await stack.object(id)).sha256).toBe(sha256(bytes));
});

test('the progress is that of the bytes, and Cancel leaves nothing behind', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const { url } = await stack.configuration({ code: LIST_FILES });
  const panel = await configurationPage.ready(url, stack.facts);
  const before = (await stack.files()).length;
  await stack.fault({ host: '*.amazonaws.com', method: 'PUT', kind: 'stall', stall_ms: 60_000 });
  await panel.browse(csv(randomBytes(40_000_000)));
  await panel.button('Upload').click();
  const bar = panel.file('rain.csv').getByRole('progressbar');
  await expect(bar).toBeVisible();
  await picture('files-sending');
  await panel.button('Cancel rain.csv').click();
  await expect(panel.file('rain.csv')).toContainText('The upload was cancelled.');
  await expect.poll(async () => (await stack.files()).length).toBe(before);
});

test('an upload that is refused says so, leaves nothing behind, and works when tried again', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const { url } = await stack.configuration({ code: LIST_FILES });
  const panel = await configurationPage.ready(url, stack.facts);
  const before = (await stack.files()).length;
  await stack.fault({ host: '*.amazonaws.com', method: 'PUT', kind: 'reset', times: 50 });
  await panel.browse(csv());
  await panel.button('Upload').click();
  await expect(panel.file('rain.csv')).toContainText('The upload did not finish.', {
    timeout: 60_000,
  });
  await picture('files-failed');
  expect((await stack.files()).length).toBe(before);
  await stack.clearFaults();
  await panel.button('Retry rain.csv').click();
  const id = await storedId(panel, 'rain.csv');
  expect((await stack.object(id)).sha256).toBe(sha256(csv().buffer));
});

test('an empty file is a file', async ({ stack, configurationPage }) => {
  const { url } = await stack.configuration({ code: LIST_FILES });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.browse(csv(Buffer.alloc(0)));
  await panel.button('Upload').click();
  const id = await storedId(panel, 'rain.csv');
  expect(await stack.object(id)).toMatchObject({ bytes: 0 });
});
