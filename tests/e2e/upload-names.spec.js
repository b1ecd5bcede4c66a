// Uploads by their names and rows: what stands there before, meanwhile and afterwards.
import { expect, test } from './fixtures.js';
import { csv, sha256, storedId } from '../harness/uploads.mjs';

/** Lists what came into the sandbox, with each manifest. */
const LIST_FILES = [
  'import json, os',
  'for name in sorted(os.listdir("/data/in/files")):',
  '    print(json.dumps(name, ensure_ascii=False))',
  '    if name.endswith(".manifest"):',
  '        manifest = json.load(open("/data/in/files/" + name))',
  '        print(json.dumps({key: manifest[key] for key in ("id", "name", "size_bytes")}))',
].join('\n');

const ODD_NAMES = ['two words.csv', 'žluťoučký kůň.csv', 'one+one=2.csv', '100% & more #1.csv'];

test('odd names reach Storage and the sandbox as they are', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const { url } = await stack.configuration({ code: LIST_FILES });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.browse(ODD_NAMES.map((name) => csv(name, Buffer.from(`name\n${name}\n`))));
  await panel.button('Upload').click();
  const ids = new Map();
  for (const name of ODD_NAMES) ids.set(name, await storedId(panel, name));
  await picture('files-odd-names');
  const files = await stack.files();
  for (const [name, id] of ids) {
    expect(files.find((file) => String(file.id) === id)?.name).toBe(name);
    expect((await stack.object(id)).sha256, name).toBe(sha256(Buffer.from(`name\n${name}\n`)));
  }

  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  const lines = (await panel.lines('stdout')).map((line) => JSON.parse(line));
  for (const [name, id] of ids) {
    expect(lines).toContain(`${id}_${name}`);
    const at = lines.indexOf(`${id}_${name}.manifest`);
    const bytes = Buffer.byteLength(`name\n${name}\n`);
    expect(lines[at + 1], name).toEqual({ id: Number(id), name, size_bytes: bytes });
  }
});

test('a row tells name, size, type and checksum, and who fetches it when', async ({
  stack,
  configurationPage,
}) => {
  const { url } = await stack.configuration({ code: LIST_FILES });
  const panel = await configurationPage.ready(url, stack.facts);
  const bytes = Buffer.alloc(12_345, 'a');
  await panel.drop({ name: 'letters.txt', type: 'text/plain', bytes });
  const row = panel.file('letters.txt');
  await expect(row).toContainText('12.3 kB · text/plain');
  await expect(row).toContainText('ready to upload');
  await panel.button('Upload').click();
  const id = await storedId(panel, 'letters.txt');
  await expect(row).toContainText('12.3 kB · text/plain');
  await expect(row.locator('code[title]')).toHaveAttribute('title', sha256(bytes));
  await expect(row).toContainText('sandbox: comes with the next run');
  await expect(row.getByRole('progressbar')).toHaveCount(0);
  expect(await stack.object(id)).toMatchObject({ bytes: 12_345, sha256: sha256(bytes) });
});

test('a file that is not meant for the sandbox stays out of it', async ({
  stack,
  configurationPage,
}) => {
  const { url } = await stack.configuration({ code: LIST_FILES });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.browse(csv());
  await panel.frame.getByLabel('Sandbox, fetched from Storage').uncheck();
  await panel.button('Upload').click();
  await storedId(panel, 'rain.csv');
  await expect(panel.file('rain.csv')).not.toContainText('sandbox');
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  expect(await panel.lines('stdout')).toEqual([]);
});

test('a file that is taken off the list is not in the next run', async ({
  stack,
  configurationPage,
}) => {
  const { url } = await stack.configuration({ code: LIST_FILES });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.browse([csv('kept.csv'), csv('removed.csv')]);
  await panel.button('Upload').click();
  const kept = await storedId(panel, 'kept.csv');
  await storedId(panel, 'removed.csv');
  await panel.button('Remove removed.csv').click();
  await expect(panel.file('removed.csv')).toHaveCount(0);
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  const names = (await panel.lines('stdout')).filter((line) => line.startsWith('"'));
  expect(names).toEqual([`"${kept}_kept.csv"`, `"${kept}_kept.csv.manifest"`]);
});

test('with an idle sandbox the file is fetched from Storage at once', async ({
  stack,
  configurationPage,
}) => {
  const { url } = await stack.configuration({ code: LIST_FILES });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.runToEnd();
  await stack.forgetRequests();
  await panel.browse(csv());
  await panel.button('Upload').click();
  const id = await storedId(panel, 'rain.csv');
  await expect(panel.file('rain.csv')).toContainText(`/data/in/files/${id}_rain.csv`, {
    timeout: 30_000,
  });
  const toStore = (await stack.requests()).filter(({ host }) => host.endsWith('amazonaws.com'));
  const kinds = toStore.map(({ method, status }) => `${method} ${status}`);
  expect(kinds.filter((kind) => !kind.startsWith('OPTIONS'))).toEqual(['PUT 200', 'GET 200']);
});
