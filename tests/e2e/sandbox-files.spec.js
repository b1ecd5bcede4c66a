// The Sandbox tab, and files that go straight into the sandbox.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from './fixtures.js';
import { csv, sha256, sparseFile } from '../harness/uploads.mjs';

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

/** The tab of a configuration whose sandbox was just started. */
async function started({ stack, configurationPage, url = stack.facts.pages.configuration }) {
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.show('Sandbox');
  await panel.button('Start a sandbox').click();
  await expect(panel.button('New folder')).toBeVisible();
  return panel;
}

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
  await expect(panel.file('late.csv').getByRole('alert')).toContainText(
    'The sandbox ended before the file was in it.',
  );
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

test('a sandbox whose access was reset is entered anew, and what keeps us out is told', async ({
  stack,
  configurationPage,
}) => {
  const { url } = await stack.configuration({ code: 'print("ran")\n' });
  const panel = await started({ stack, configurationPage, url });
  const [{ sandboxID }] = await stack.sandboxes();
  const connects = async () =>
    (await stack.requestHeads()).filter(({ path }) => path.endsWith(`${sandboxID}/connect`)).length;

  await stack.revokeToken(sandboxID);
  await panel.button('New folder').click();
  await panel.frame.getByLabel('Name of the new folder').fill('work');
  await panel.button('Make folder').click();
  await expect(panel.button('Open folder work')).toBeVisible();
  expect(await connects()).toBe(1);

  // Many at once: it is asked for one time.
  await stack.revokeToken(sandboxID);
  await panel.show('Files');
  await straight(panel);
  const several = Array.from({ length: 12 }, (_, at) => csv(`${at}.csv`));
  await panel.browse([...several, { name: 'l.bin', mimeType: '', buffer: randomBytes(2 ** 21) }]);
  await panel.button('Upload').click();
  await expect(panel.frame.getByText('13 uploads: 13 stored')).toBeVisible();
  expect(await connects()).toBe(2);

  await stack.revokeToken(sandboxID);
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  expect(await panel.lines('stdout')).toEqual(['ran']);
  expect(await stack.sandboxes()).toHaveLength(1);

  await stack.revokeToken(sandboxID);
  await stack.e2bFault({
    target: 'api',
    path: '/connect',
    action: 'status',
    status: 500,
    count: 20,
  });
  await panel.show('Sandbox');
  await panel.button('Refresh').click();
  await expect(panel.problem).toContainText('does not let the extension in any more');
  await stack.clearFaults();
  await panel.button('Refresh').click();
  await expect(panel.button('Open folder work')).toBeVisible();
});

test('a sandbox whose clock disagrees is read all the same', async ({
  stack,
  configurationPage,
  page,
}) => {
  const panel = await started({ stack, configurationPage });
  const chooser = page.waitForEvent('filechooser');
  await panel.button('Upload files…').click();
  await (await chooser).setFiles([csv('b.csv', Buffer.from('a\n1\n'))]);
  for (const ahead of [7200, -7200]) {
    await stack.e2bClock(ahead);
    await panel.button('Look into b.csv').click();
    await expect(panel.frame.getByRole('region', { name: /^Content of/ })).toContainText('a 1');
    await panel.button('Close file').click();
    const download = page.waitForEvent('download');
    await panel.button('Download b.csv').click();
    expect(readFileSync(await (await download).path(), 'utf8')).toBe('a\n1\n');
  }
  await stack.e2bClock(0);
});

test('a small file that stands still is cancelled at once, held back, and sent again', async ({
  stack,
  configurationPage,
}) => {
  test.setTimeout(120_000);
  const { url } = await stack.configuration({ code: TELL });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.show('Files');
  await straight(panel);
  const stall = (count) =>
    stack.e2bFault({ target: 'envd', path: '/files', method: 'POST', action: 'stall', count });
  await panel.browse(csv('first.csv'));
  await panel.button('Upload').click();
  await isThere(panel, 'first.csv', '/data/input/first.csv');

  // Of two in one request that stands still, one is cancelled: the other goes without it.
  await stall(1);
  const content = Buffer.from('kept\n');
  await panel.browse([csv('kept.csv', content), csv('cancelled.csv')]);
  await panel.button('Upload').click();
  await panel.button('Cancel cancelled.csv').click();
  await isThere(panel, 'kept.csv', '/data/input/kept.csv');
  await expect(panel.file('cancelled.csv')).toContainText('The upload was cancelled.');

  await stall(1);
  await panel.browse(csv('held.csv'));
  await panel.button('Upload').click();
  await panel.button('Pause held.csv').click();
  await expect(panel.file('held.csv')).toContainText('paused');
  await panel.button('Continue held.csv').click();
  await isThere(panel, 'held.csv', '/data/input/held.csv');

  await stall(1);
  await panel.browse(csv('still.csv'));
  await panel.button('Upload').click();
  await isThere(panel, 'still.csv', '/data/input/still.csv', { timeout: 40_000 });
  await panel.runToEnd();
  const told = await panel.lines('stdout');
  expect(told.map((line) => line.split(' ')[0])).toEqual(
    ['first', 'held', 'kept', 'still'].map((name) => `/data/input/${name}.csv`),
  );
  expect(told).toContain(`/data/input/kept.csv ${sha256(content)}`);
});

test('nothing is deleted while something covers the panel', async ({
  stack,
  configurationPage,
  page,
}) => {
  const panel = await started({ stack, configurationPage });
  await panel.button('New folder').click();
  await panel.frame.getByLabel('Name of the new folder').fill('kept');
  await panel.button('Make folder').click();
  await entry(panel, 'kept').getByRole('button', { name: 'Delete', exact: true }).click();
  await page.evaluate(() => {
    const cover = document.createElement('div');
    cover.id = 'cover';
    cover.style = 'position:fixed;inset:0;z-index:2147483647;pointer-events:none;background:#fff9';
    // Above everything: the top layer.
    cover.popover = 'manual';
    document.body.append(cover);
    cover.showPopover();
  });
  await page.waitForTimeout(500);
  await panel.frame.getByRole('button', { name: 'Delete with all in it' }).click({ force: true });
  await expect(panel.problem).toContainText('covered by something on the page');
  await page.evaluate(() => document.getElementById('cover').remove());
  await page.waitForTimeout(500);
  await entry(panel, 'kept').getByRole('button', { name: 'Delete', exact: true }).click();
  await panel.button('Delete with all in it').click();
  await expect(entry(panel, 'kept')).toHaveCount(0);
});

test('a file of Storage that the sandbox fetches is joined again when the stream breaks', async ({
  stack,
  configurationPage,
}) => {
  const panel = await started({ stack, configurationPage });
  await stack.e2bFault({
    target: 'envd',
    path: '/process.Process/Start',
    action: 'cut-stream-after-bytes',
    bytes: 100,
    count: 1,
  });
  await panel.browse(csv());
  await panel.button('Upload').click();
  await expect(panel.file('rain.csv')).toContainText('/data/in/files/');
  expect(await stack.e2bFaults()).toEqual([]);
});

test('a file that cannot be there before the sandbox ends is told so before it begins', async ({
  stack,
  configurationPage,
  profile,
}) => {
  const panel = await started({ stack, configurationPage });
  const refused = {
    action: 'status',
    status: 400,
    message: 'Timeout cannot be greater than 1 hours',
  };
  for (const path of ['/timeout', '/refreshes']) {
    await stack.e2bFault({ target: 'api', path, count: 20, ...refused });
  }
  await panel.show('Files');
  await straight(panel);
  await stack.forgetRequests();
  await panel.browse(sparseFile(`${profile}/huge.bin`, 60e9));
  await panel.button('Upload').click();
  const failure = panel.file('huge.bin').getByRole('alert');
  await expect(failure).toContainText('cannot be in the sandbox before that ends');
  await expect(failure).toContainText('at 1 Gbit/s the file takes 480 s');
  const sent = (await stack.requestHeads()).filter(({ path }) => path.startsWith('/files'));
  expect(sent).toEqual([]);
});

const TREE = `
import os, time
os.makedirs('/data/many')
for number in range(1203):
    open(f'/data/many/{number:04}', 'w').close()
open('/data/text', 'w').write('hello')
os.symlink('/data/many', '/data/to-folder')
os.symlink('/data/text', '/data/to-file')
os.makedirs('/data/busy')
with open('/data/busy/large', 'wb') as large:
    large.write(os.urandom(20_000_000))
    print('tree made', flush=True)
    end = time.monotonic() + 120
    while time.monotonic() < end:
        large.write(b'more')
        large.flush()
        time.sleep(0.002)
`;

test('links are followed, all of a long folder is reached, and one that a run writes is packed', async ({
  stack,
  configurationPage,
  page,
}) => {
  const { url } = await stack.configuration({ code: TREE });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.run();
  await expect(panel.log).toContainText('tree made', { timeout: 30_000 });
  await panel.show('Sandbox');
  const download = page.waitForEvent('download');
  await panel.button('Download busy').click();
  const archive = await (await download).path();
  await expect(panel.problem).toContainText('something in it changed meanwhile');
  const listed = execFileSync('tar', ['-tzf', archive], { encoding: 'utf8' });
  expect(listed.trim().split('\n')).toEqual(['busy/', 'busy/large']);
  await panel.show('Run');
  await panel.button('Stop').click();
  await expect(panel.button('Run in sandbox')).toBeVisible();
  await panel.show('Sandbox');

  await panel.button('Look into to-file').click();
  await expect(panel.frame.getByRole('region', { name: /^Content of/ })).toContainText('hello');
  await panel.button('Open folder to-folder').click();
  await expect(entries(panel).getByRole('listitem')).toHaveCount(1000);
  await expect(
    panel.frame.getByText(/^1\s203 items in all; 203 are not shown yet\.$/u),
  ).toBeVisible();
  await panel.button('Show more').click();
  await expect(entries(panel).getByRole('listitem')).toHaveCount(1203);
  await expect(panel.button('Look into 1202')).toBeVisible();
});
