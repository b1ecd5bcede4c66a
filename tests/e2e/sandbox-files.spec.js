// The Sandbox tab, and files that go straight into the sandbox.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from './fixtures.js';
import { csv, sha256 } from '../harness/uploads.mjs';

/** Tells each file below a folder, with its checksum. */
const TELL = `
import hashlib, os
for folder, _, names in sorted(os.walk('/data/input')):
    for name in sorted(names):
        path = os.path.join(folder, name)
        with open(path, 'rb') as file:
            print(path, hashlib.sha256(file.read()).hexdigest())
`;

const straight = (panel) => panel.frame.getByLabel('Keboola Storage', { exact: true }).uncheck();
const entries = (panel) => panel.frame.getByRole('list', { name: 'Files in the sandbox' });
const entry = (panel, name) =>
  entries(panel)
    .getByRole('listitem')
    .filter({ hasText: new RegExp(`^${name}`) });
const names = (panel) =>
  entries(panel)
    .locator('.entry')
    .evaluateAll((all) => all.map((it) => it.textContent));

const isThere = (panel, name, path, options) =>
  expect(panel.file(name).locator('.good').getByText(path, { exact: true })).toBeVisible(options);

/** Requests that would write to Storage or its cloud. */
const stored = async (stack) =>
  (await stack.requestHeads()).filter(
    ({ host, path }) => host.endsWith('amazonaws.com') || path.includes('/files/prepare'),
  );

test('files and folders go straight into the sandbox, and the next run has them', async ({
  stack,
  configurationPage,
  picture,
  profile,
}) => {
  const { url } = await stack.configuration({ code: TELL });
  const panel = await configurationPage.ready(url, stack.facts);
  await stack.forgetRequests();
  const large = randomBytes(40 * 2 ** 20);
  const folder = `${profile}/weather`;
  mkdirSync(`${folder}/2026`, { recursive: true });
  writeFileSync(`${folder}/2026/rain "now".csv`, 'date,rain\n');
  writeFileSync(`${folder}/empty.txt`, '');
  writeFileSync(`${folder}/large.bin`, large);
  await panel.show('Files');
  const chooser = configurationPage.page.waitForEvent('filechooser');
  await panel.button('Browse folder…').click();
  await (await chooser).setFiles(folder);
  await straight(panel);
  await expect(panel.frame.getByLabel('Sandbox, straight from this computer')).toBeChecked();
  await expect(panel.frame.getByLabel('Folder in the sandbox')).toHaveValue('/data/input/');
  await picture('files-straight');
  await panel.button('Upload').click();
  for (const name of ['2026/rain "now".csv', 'empty.txt', 'large.bin']) {
    await isThere(panel, name, `/data/input/weather/${name}`);
  }
  await picture('files-in-sandbox');
  expect(await stack.sandboxes()).toHaveLength(1);
  expect(await stored(stack)).toEqual([]);
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  expect(await panel.lines('stdout')).toEqual([
    `/data/input/weather/empty.txt ${sha256(Buffer.alloc(0))}`,
    `/data/input/weather/large.bin ${sha256(large)}`,
    `/data/input/weather/2026/rain "now".csv ${sha256(Buffer.from('date,rain\n'))}`,
  ]);
  expect(await stack.sandboxes()).toHaveLength(1);
});

test('many files go as one archive, and one after the other where that does not work', async ({
  stack,
  configurationPage,
  profile,
}) => {
  const { url } = await stack.configuration({ code: TELL });
  const panel = await configurationPage.ready(url, stack.facts);
  const folder = `${profile}/many`;
  const paths = [
    '-rf',
    '--checkpoint=1',
    'with space.csv',
    'ž 日本.csv',
    'empty',
    `${'long'.repeat(20)}/${'x'.repeat(120)}.csv`,
    ...Array.from({ length: 6 }, (_, at) => `a/b ${at % 3}/${at}.bin`),
  ];
  const files = paths.map((path) => {
    const content = path === 'empty' ? Buffer.alloc(0) : randomBytes(3000);
    mkdirSync(dirname(`${folder}/${path}`), { recursive: true });
    writeFileSync(`${folder}/${path}`, content);
    return `/data/input/many/${path} ${sha256(content)}`;
  });
  const upload = async (all) => {
    const chooser = configurationPage.page.waitForEvent('filechooser');
    await panel.button('Browse folder…').click();
    await (await chooser).setFiles(folder);
    await stack.forgetRequests();
    await panel.button('Upload').click();
    await expect(panel.frame.getByText(`${all} uploads: ${all} stored`)).toBeVisible();
    const sent = (await stack.requestHeads()).filter(({ path }) => path.startsWith('/files'));
    return sent.length;
  };
  await panel.show('Files');
  await straight(panel);
  expect(await upload(files.length)).toBeLessThan(6);
  await panel.runToEnd();
  expect((await panel.lines('stdout')).toSorted()).toEqual(files.toSorted());
  await panel.show('Files');

  // Without the command that unpacks: a form, and its checksums by the next command.
  await stack.e2bFault({
    target: 'envd',
    path: '/process.Process/Start',
    action: 'status',
    status: 500,
    count: 1,
  });
  expect(await upload(2 * files.length)).toBeLessThan(8);
  await panel.runToEnd();
  expect((await panel.lines('stdout')).toSorted()).toEqual(files.toSorted());
});

test('a folder that cannot be one is told, and one that a run empties is warned of', async ({
  stack,
  configurationPage,
}) => {
  const panel = await configurationPage.ready(stack.facts.pages.configuration, stack.facts);
  await panel.browse(csv());
  await straight(panel);
  const folder = panel.frame.getByLabel('Folder in the sandbox');
  await folder.fill('data');
  await expect(panel.problem).toContainText('begins with a slash');
  await expect(panel.button('Upload')).toBeDisabled();
  await folder.fill('/data/in/files');
  await expect(panel.frame.getByText('A run empties this folder')).toBeVisible();
  await panel.frame.getByLabel('Sandbox, straight from this computer').uncheck();
  await expect(panel.button('Upload')).toBeDisabled();
  await expect(panel.frame.getByText('Choose where to send the files.')).toBeVisible();
});

test('a part that breaks is sent again, and what cannot get there is told', async ({
  stack,
  configurationPage,
}) => {
  const panel = await configurationPage.ready(stack.facts.pages.configuration, stack.facts);
  const large = { name: 'large.bin', mimeType: '', buffer: randomBytes(40 * 2 ** 20) };
  await panel.show('Files');
  await straight(panel);
  const files = { target: 'envd', path: '/files', method: 'POST' };
  await stack.e2bFault({ ...files, action: 'reset', count: 1 });
  await stack.e2bFault({ ...files, action: 'status', status: 503, count: 2 });
  await panel.browse(large);
  await panel.button('Upload').click();
  await isThere(panel, 'large.bin', '/data/input/large.bin');

  await stack.e2bFault({
    ...files,
    action: 'status',
    status: 507,
    message: 'not enough disk space',
    count: 20,
  });
  await panel.browse(csv('full.csv'));
  await panel.button('Upload').click();
  const failure = panel.file('full.csv').getByRole('alert');
  await expect(failure).toContainText("The sandbox's disk is full.");
  await stack.clearFaults();
  await panel.button('Retry full.csv').click();
  await isThere(panel, 'full.csv', '/data/input/full.csv');

  const [{ sandboxID }] = await stack.sandboxes();
  await stack.killSandbox(sandboxID);
  await panel.browse(csv('late.csv'));
  await panel.button('Upload').click();
  await expect(panel.file('late.csv').getByRole('alert')).toContainText('The sandbox is gone.');
  await expect(panel.file('full.csv')).toContainText('Its sandbox has ended');
  await panel.button('Retry late.csv').click();
  await isThere(panel, 'late.csv', '/data/input/late.csv');
});

test('the files of a sandbox are listed, looked into, renamed, deleted and downloaded', async ({
  stack,
  configurationPage,
  picture,
  profile,
}) => {
  const panel = await configurationPage.ready(stack.facts.pages.configuration, stack.facts);
  await panel.show('Sandbox');
  await expect(panel.frame.getByText('No sandbox lives for this configuration.')).toBeVisible();
  await picture('sandbox-none');
  await panel.button('Start a sandbox').click();
  await expect(panel.button('New folder')).toBeVisible();
  expect(await stack.sandboxes()).toHaveLength(1);

  await panel.button('New folder').click();
  await panel.frame.getByLabel('Name of the new folder').fill('a/b');
  await expect(panel.problem).toContainText('cannot have a slash');
  await panel.frame.getByLabel('Name of the new folder').fill('work');
  await panel.button('Make folder').click();
  await panel.button('Open folder work').click();
  await expect(panel.frame.getByText('Nothing is in this folder.')).toBeVisible();

  const binary = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3]);
  const chooser = configurationPage.page.waitForEvent('filechooser');
  await panel.button('Upload files…').click();
  const text = Buffer.from('a,ž\n1,2\n');
  await (
    await chooser
  ).setFiles([csv('b.csv', text), { name: 'a.png', mimeType: '', buffer: binary }]);
  await expect.poll(() => names(panel)).toEqual(['a.png', 'b.csv']);
  await expect(entry(panel, 'b.csv')).toContainText('9 B');

  await panel.button('Look into b.csv').click();
  const content = panel.frame.getByRole('region', { name: /^Content of .*\/work\/b\.csv$/ });
  await expect(content.locator('pre')).toHaveText('a,ž\n1,2\n');
  await picture('sandbox-file');
  await panel.button('Close file').click();
  await panel.button('Look into a.png').click();
  await expect(panel.frame.getByText('89 50 4e 47 00 01 02 03')).toBeVisible();
  await panel.button('Close file').click();

  await panel.button('Rename b.csv').click();
  await panel.frame.getByLabel('New name').fill('a.png');
  await panel.button('Rename').click();
  await expect(panel.problem).toContainText('Something of this name is there already.');
  await panel.frame.getByLabel('New name').fill('c.csv');
  await panel.button('Rename').click();
  await expect.poll(() => names(panel)).toEqual(['a.png', 'c.csv']);
  await picture('sandbox-files');

  const { page } = configurationPage;
  const saved = async (press) => {
    const download = page.waitForEvent('download');
    await press();
    const path = `${profile}/${(await download).suggestedFilename()}`;
    await (await download).saveAs(path);
    return path;
  };
  const one = await saved(() => panel.button('Download c.csv').click());
  expect(readFileSync(one)).toEqual(text);
  await panel.button('Folder above').click();
  const archive = await saved(() => panel.button('Download work').click());
  expect(archive).toMatch(/\/work\.tar\.gz$/);
  const listed = execFileSync('tar', ['-tzf', archive], { encoding: 'utf8' });
  expect(listed.trim().split('\n').sort()).toEqual(['work/', 'work/a.png', 'work/c.csv']);
  // No signed address in the history.
  expect(page.url()).toBe(stack.facts.pages.configuration);

  await panel.button('Open folder work').click();
  await entry(panel, 'a.png').getByRole('button', { name: 'Delete', exact: true }).click();
  await panel.button('Delete for ever').click();
  await expect.poll(() => names(panel)).toEqual(['c.csv']);
  const [{ sandboxID }] = await stack.sandboxes();
  await stack.killSandbox(sandboxID);
  await panel.button('Refresh').click();
  await expect(panel.frame.getByText('No sandbox lives for this configuration.')).toBeVisible();
});
