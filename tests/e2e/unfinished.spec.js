// Uploads that the browser's end interrupts: shown again, taken up with the same file, or cleared.
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { extensionId } from '../harness/extension.mjs';
import { chooseAgain, crash, open, picture } from '../harness/relaunch.mjs';
import { sha256, storedId } from '../harness/uploads.mjs';
import { expect, test } from './fixtures.js';

/** Time of change of the file, in seconds since 1970: a whole one, so that it can be set again. */
const CHANGED_S = 1_790_000_000;

/** Of each file three parts at most, the third of which is held. */
const CLOUDS = {
  aws: {
    bytes: 20_000_000,
    part: { host: '*.amazonaws.com', method: 'PUT', query: '*partNumber=3&*' },
    sent: 2 ** 24,
  },
  azure: {
    bytes: 20_000_000,
    part: { host: '*.blob.core.windows.net', method: 'PUT', query: '*blockid=MDAwMDAy&*' },
    sent: 2 ** 24,
  },
  gcp: {
    bytes: 40_000_000,
    part: { host: 'storage.googleapis.com', method: 'PUT', path: '/upload/*' },
    after: 2,
    sent: 2 ** 25,
  },
};

/** An upload whose last part is held while the browser is killed, or those that `held` names. */
async function interrupted({ stack, profile, cloud, held }) {
  const { url } = await stack.configuration({
    code: 'print(1)',
    cloud: cloud === 'aws' ? undefined : cloud,
  });
  const { part, after = 0, bytes: size, sent: arrived } = CLOUDS[cloud];
  const bytes = randomBytes(size);
  const path = `${profile}/big.bin`;
  writeFileSync(path, bytes);
  utimesSync(path, CHANGED_S, CHANGED_S);
  const before = (await stack.files()).map(({ id }) => id);
  const browser = await open({ stack, profile, url, cloud });
  await stack.forgetRequests();
  await stack.fault({ ...part, ...held, kind: 'stall', stall_ms: 600_000, after, times: 9 });
  await browser.panel.browse(path);
  await browser.panel.button('Upload').click();
  await expect
    .poll(async () => (await stack.requests()).filter(({ fault }) => fault).length, {
      timeout: 30_000,
    })
    .toBe(held ? 3 : 1);
  const bar = browser.panel.file('big.bin').getByRole('progressbar');
  await expect
    .poll(async () => Number(await bar.getAttribute('value')))
    .toBeGreaterThan(held ? -1 : arrived - 1);
  await crash(browser, profile);
  const sent = await stack.requests();
  await stack.clearFaults();
  await stack.forgetRequests();
  return { url, path, size, hash: sha256(bytes), before, sent };
}

const parts = async (stack, cloud) => {
  const { part } = CLOUDS[cloud];
  const ours = part.host.replace('*', '');
  return (await stack.requests()).filter(
    ({ host, method, body_bytes }) =>
      host.endsWith(ours) && method === 'PUT' && body_bytes > 1_000_000,
  );
};

for (const cloud of Object.keys(CLOUDS)) {
  test(`on ${cloud} it goes on where it was, with the same file`, async ({ stack, profile }) => {
    const { url, path, size, hash, before } = await interrupted({ stack, profile, cloud });
    const { context, page, panel } = await open({ stack, profile, url, cloud });
    await panel.show('Files');
    const row = panel.file('big.bin');
    await expect(row).toContainText('interrupted when the browser closed');
    await picture(page, `files-interrupted-${cloud}`);
    await chooseAgain({ page, panel }, 'big.bin', path);
    const id = await storedId(panel, 'big.bin');
    expect(await stack.object(id)).toMatchObject({ bytes: size, sha256: hash });
    expect(await parts(stack, cloud), 'only the missing part is sent').toHaveLength(1);
    const left = (await stack.files()).filter((file) => !before.includes(file.id));
    expect(left.map((file) => file.id)).toEqual([Number(id)]);
    await context.close();
  });
}

test('another file is refused, and the upload waits for the right one', async ({
  stack,
  profile,
}) => {
  const { url, path, size, hash } = await interrupted({ stack, profile, cloud: 'aws' });
  const { context, page, panel } = await open({ stack, profile, url, cloud: 'aws' });
  await panel.show('Files');
  const row = panel.file('big.bin');
  const choose = () => chooseAgain({ page, panel }, 'big.bin', path);
  // Another size; then the same size and time with other bytes in what was sent.
  const right = readFileSync(path);
  writeFileSync(path, right.subarray(1));
  await choose();
  await expect(panel.problem).toContainText('This is not the file that was being uploaded.');
  const wrong = Buffer.from(right);
  wrong[5] ^= 1;
  writeFileSync(path, wrong);
  utimesSync(path, CHANGED_S, CHANGED_S);
  await choose();
  await expect(row).toContainText('This is not the file that was being uploaded.');
  await picture(page, 'files-differs');
  await expect(row).toContainText('interrupted when the browser closed');
  writeFileSync(path, right);
  utimesSync(path, CHANGED_S, CHANGED_S);
  await choose();
  const id = await storedId(panel, 'big.bin');
  expect(await stack.object(id)).toMatchObject({ bytes: size, sha256: hash });
  await context.close();
});

/** Every byte that the browser left on the disk, file by file. */
const onDisk = (profile) =>
  readdirSync(profile, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'big.bin')
    .map((entry) => readFileSync(`${entry.parentPath}/${entry.name}`).toString('latin1'));

test('what is noted down on the disk opens nothing', async ({ stack, profile }) => {
  const secrets = {
    aws: /X-Amz-(?:Security-Token|Signature)=([^&]+)/g,
    azure: /[?&]sig=([^&]+)/g,
    gcp: /upload_id=([^&]+)/g,
  };
  for (const [cloud, pattern] of Object.entries(secrets)) {
    const { sent } = await interrupted({ stack, profile, cloud });
    const found = sent.flatMap(({ query }) => [...`?${query}`.matchAll(pattern)]);
    const values = new Set(found.map(([, value]) => value));
    expect(values.size).toBeGreaterThan(0);
    const kept = onDisk(profile);
    expect(
      kept.some((bytes) => bytes.includes('"name":"big.bin"')),
      'the journal is among what was read',
    ).toBe(true);
    const { token } = stack.facts.keboola[cloud] ?? stack.facts.keboola;
    for (const value of [token, ...values]) {
      for (const text of [value, decodeURIComponent(value)]) {
        expect(kept.filter((bytes) => bytes.includes(text))).toHaveLength(0);
      }
    }
  }
});

test('a disk that is full by then is told, and the upload goes on', async ({ stack, profile }) => {
  test.setTimeout(150_000);
  const held = { query: '*partNumber=*' };
  const { url, path, size, hash } = await interrupted({ stack, profile, cloud: 'aws', held });
  const { context, page, panel } = await open({ stack, profile, url, cloud: 'aws' });
  await panel.show('Files');
  const row = panel.file('big.bin');
  await expect(row).toContainText('interrupted when the browser closed');
  const origin = `chrome-extension://${extensionId()}`;
  const own = await context.newPage();
  await own.goto(`${origin}/popup.html`);
  const session = await context.newCDPSession(own);
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 });
  await page.bringToFront();
  // For 30 s IndexedDB goes on with the room that it knew of.
  await page.waitForTimeout(31_000);
  const { part } = CLOUDS.aws;
  await stack.fault({ ...part, kind: 'stall', stall_ms: 5_000 });
  await chooseAgain({ page, panel }, 'big.bin', path);
  await expect(row).toContainText('could not note this upload down (is the disk full?)');
  await picture(page, 'files-full-disk');
  const id = await storedId(panel, 'big.bin');
  expect(await stack.object(id)).toMatchObject({ bytes: size, sha256: hash });
  await context.close();
});

test('Cancel clears it away', async ({ stack, profile }) => {
  const { url, before } = await interrupted({ stack, profile, cloud: 'gcp' });
  const { context, panel } = await open({ stack, profile, url, cloud: 'gcp' });
  await panel.show('Files');
  await panel.button('Cancel big.bin').click();
  await expect(panel.file('big.bin')).toBeHidden();
  await expect.poll(async () => (await stack.files()).length).toBe(before.length);
  await context.close();
  // And it is not there again the next time.
  const again = await open({ stack, profile, url, cloud: 'gcp' });
  await again.panel.show('Files');
  await again.page.waitForTimeout(1_000);
  await expect(again.panel.file('big.bin')).toBeHidden();
  await again.context.close();
});

test('what was begun with another token is sent from the beginning, and the row says so', async ({
  stack,
  profile,
}) => {
  const { url, path, size, hash, before } = await interrupted({ stack, profile, cloud: 'aws' });
  const facts = { ...stack.facts.keboola, token: stack.facts.keboola.master_token };
  const other = { ...stack, facts: { ...stack.facts, keboola: facts } };
  other.resolverRules = stack.resolverRules;
  const { context, page, panel } = await open({ stack: other, profile, url, cloud: 'aws' });
  await panel.show('Files');
  await chooseAgain({ page, panel }, 'big.bin', path);
  const id = await storedId(panel, 'big.bin');
  await expect(panel.file('big.bin')).toContainText('Sent from the beginning');
  expect(await stack.object(id)).toMatchObject({ bytes: size, sha256: hash });
  const left = (await stack.files()).filter((file) => !before.includes(file.id));
  expect(left.map((file) => file.id)).toEqual([Number(id)]);
  await context.close();
});
