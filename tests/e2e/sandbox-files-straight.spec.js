// Files that go straight into the sandbox.
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { TELL, isThere, started, straight } from '../harness/sandbox.mjs';
import { csv, sha256, sparseFile } from '../harness/uploads.mjs';
import { expect, test } from './fixtures.js';

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
