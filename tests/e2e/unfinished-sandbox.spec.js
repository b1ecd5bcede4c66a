// Uploads straight into a sandbox that the end of the engine or the browser interrupts.
import { randomBytes } from 'node:crypto';
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { endEngine } from '../harness/engine.mjs';
import { chooseAgain, crash, open, picture } from '../harness/relaunch.mjs';
import { isThere as isInSandbox, straight } from '../harness/sandbox.mjs';
import { csv, sha256 } from '../harness/uploads.mjs';
import { expect, test } from './fixtures.js';

/** Time of change of the file, in seconds since 1970: a whole one, so that it can be set again. */
const CHANGED_S = 1_790_000_000;
const MIB = 2 ** 20;
/** Three parts of 16 MiB, the last of which is shorter. */
const BYTES = 40 * MIB;

const code = [
  'import hashlib',
  'with open("/data/input/big.bin", "rb") as file:',
  '    print(hashlib.sha256(file.read()).hexdigest())',
].join('\n');

const POST_FILES = { target: 'envd', path: '/files', method: 'POST' };
const isThere = (panel, name) => isInSandbox(panel, name, undefined, { timeout: 30_000 });
const parts = async (stack) =>
  (await stack.requestHeads()).filter(
    ({ method, path, body_bytes }) =>
      method === 'POST' && path.startsWith('/files') && body_bytes > 2 * MIB,
  );

/** An upload one part of which never arrives, when the browser ends. */
async function interrupted({ stack, profile }) {
  const { url } = await stack.configuration({ code });
  const bytes = randomBytes(BYTES);
  const path = `${profile}/big.bin`;
  writeFileSync(path, bytes);
  utimesSync(path, CHANGED_S, CHANGED_S);
  const browser = await open({ stack, profile, url });
  const { panel } = browser;
  await panel.show('Files');
  await straight(panel);
  await panel.browse(path);
  // One part is put off for longer than the browser lives.
  await stack.e2bFault({
    ...POST_FILES,
    action: 'status',
    status: 429,
    retry_after: 110,
    count: 1,
  });
  await panel.button('Upload').click();
  const bar = panel.file('big.bin').getByRole('progressbar');
  await expect
    .poll(async () => Number(await bar.getAttribute('value')), { timeout: 30_000 })
    .toBeGreaterThan(20 * MIB);
  // What the network took counts as sent; the two others are in their places a moment later.
  await browser.page.waitForTimeout(2_000);
  await crash(browser, profile);
  await stack.clearFaults();
  await stack.forgetRequests();
  return { url, path, hash: sha256(bytes) };
}

/** The panel's row of the upload in a new browser. */
async function again({ stack, profile, url }) {
  const browser = await open({ stack, profile, url });
  await browser.panel.show('Files');
  const row = browser.panel.file('big.bin');
  await expect(row).toContainText('interrupted when the browser closed');
  return { ...browser, row };
}

test('it goes on where it was, with the same file', async ({ stack, profile }) => {
  const { url, path, hash } = await interrupted({ stack, profile });
  const browser = await again({ stack, profile, url });
  const { context, page, panel, row } = browser;
  await expect(row).toContainText('It goes into the same sandbox, if that still lives.');
  await picture(page, 'files-interrupted-sandbox');
  await chooseAgain(browser, 'big.bin', path);
  await isThere(panel, 'big.bin');
  expect(await parts(stack), 'only the missing part is sent').toHaveLength(1);
  expect(await stack.sandboxes()).toHaveLength(1);
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  expect(await panel.lines('stdout')).toEqual([hash]);
  await context.close();
});

test('another file is refused, and the upload waits for the right one', async ({
  stack,
  profile,
}) => {
  const { url, path, hash } = await interrupted({ stack, profile });
  const browser = await again({ stack, profile, url });
  const { context, panel, row } = browser;
  const right = readFileSync(path);
  writeFileSync(path, right.subarray(1));
  await chooseAgain(browser, 'big.bin', path);
  await expect(panel.problem).toContainText('This is not the file that was being uploaded.');
  // The same size and time, with another byte in each part.
  const wrong = Buffer.from(right);
  for (const at of [5, 20 * MIB, BYTES - 1]) wrong[at] ^= 1;
  writeFileSync(path, wrong);
  utimesSync(path, CHANGED_S, CHANGED_S);
  await chooseAgain(browser, 'big.bin', path);
  await expect(row).toContainText('This is not the file that was being uploaded.');
  await expect(row).toContainText('interrupted when the browser closed');
  writeFileSync(path, right);
  utimesSync(path, CHANGED_S, CHANGED_S);
  await chooseAgain(browser, 'big.bin', path);
  await isThere(panel, 'big.bin');
  expect(await parts(stack)).toHaveLength(1);
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  expect(await panel.lines('stdout')).toEqual([hash]);
  await context.close();
});

test('when its sandbox has ended, it is sent from the beginning, and the row says so', async ({
  stack,
  profile,
}) => {
  const { url, path, hash } = await interrupted({ stack, profile });
  const [{ sandboxID }] = await stack.sandboxes();
  await stack.killSandbox(sandboxID);
  const browser = await again({ stack, profile, url });
  const { context, panel, row } = browser;
  await chooseAgain(browser, 'big.bin', path);
  await isThere(panel, 'big.bin');
  await expect(row).toContainText('the sandbox that had a part of it has ended');
  expect(await parts(stack)).toHaveLength(3);
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  expect(await panel.lines('stdout')).toEqual([hash]);
  await context.close();
});

test('Cancel gives it up', async ({ stack, profile }) => {
  const { url } = await interrupted({ stack, profile });
  const { context, panel, row } = await again({ stack, profile, url });
  await panel.button('Cancel big.bin').click();
  await expect(row).toBeHidden();
  await context.close();
  const later = await open({ stack, profile, url });
  await later.panel.show('Files');
  await later.page.waitForTimeout(1_000);
  await expect(later.panel.file('big.bin')).toBeHidden();
  await later.context.close();
});

test('a small file that did not get there in time is told and sent again', async ({
  stack,
  context,
  configurationPage,
  profile,
}) => {
  const panel = await configurationPage.ready(stack.facts.pages.configuration, stack.facts);
  await panel.show('Files');
  await straight(panel);
  const path = `${profile}/small.csv`;
  writeFileSync(path, csv('small.csv').buffer);
  await panel.browse(path);
  await stack.e2bFault({ ...POST_FILES, action: 'stall', count: 1 });
  await panel.button('Upload').click();
  // Noted down after a second.
  await configurationPage.page.waitForTimeout(4_000);
  await endEngine(context);
  await stack.clearFaults();
  await expect(panel.file('small.csv')).toContainText('interrupted', { timeout: 20_000 });
  await chooseAgain({ page: configurationPage.page, panel }, 'small.csv', path);
  await isThere(panel, 'small.csv');
});
