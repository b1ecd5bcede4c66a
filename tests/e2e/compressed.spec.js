// Files straight into a sandbox go compressed where that is quicker, and arrive as they are.
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { expect, test } from './fixtures.js';
import { sha256 } from '../harness/uploads.mjs';

const MIB = 2 ** 20;
const code = [
  'import hashlib',
  'with open("/data/input/table.csv", "rb") as file:',
  '    print(hashlib.sha256(file.read()).hexdigest())',
].join('\n');

/** The rows of a table, 40 MiB of them: five parts that are compressed. */
function table() {
  const rows = Array.from(
    { length: 2 ** 16 },
    (_, at) => `${at},2026-01-${1 + (at % 28)},rain,${(at * 7919) % 10_007}\n`,
  );
  const some = Buffer.from(rows.join(''));
  const all = Buffer.alloc(40 * MIB);
  for (let at = 0; at < all.length; at += some.length) some.copy(all, at);
  return all;
}

/** What carried the bytes of files to envd. */
const carriers = async (stack) => {
  const heads = await stack.requestHeads();
  const sent = heads.filter(
    ({ method, path, query }) =>
      method === 'POST' &&
      path === '/files' &&
      decodeURIComponent(query).includes('/tmp/.kbc-e2b/uploads'),
  );
  return sent.map(({ headers, body_bytes, status }) => ({
    gzip: headers.some(([name, value]) => name === 'content-encoding' && value === 'gzip'),
    bytes: body_bytes,
    status,
  }));
};

async function sent({ stack, configurationPage, profile }, content) {
  const { url } = await stack.configuration({ code });
  const panel = await configurationPage.ready(url, stack.facts);
  const path = `${profile}/table.csv`;
  writeFileSync(path, content);
  await panel.show('Files');
  await panel.frame.getByLabel('Keboola Storage', { exact: true }).uncheck();
  await panel.browse(path);
  await stack.forgetRequests();
  await panel.button('Upload').click();
  const row = panel.file('table.csv');
  await expect(row.locator('.good').getByText('/data/input/table.csv')).toBeVisible({
    timeout: 60_000,
  });
  const carried = await carriers(stack);
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  expect(await panel.lines('stdout')).toEqual([sha256(content)]);
  return carried;
}

const total = (all) => all.reduce((sum, { bytes }) => sum + bytes, 0);

test('a table goes compressed while the line is not known to be quicker', async ({
  stack,
  configurationPage,
  profile,
}) => {
  const content = table();
  const carried = await sent({ stack, configurationPage, profile }, content);
  expect(carried.some(({ gzip }) => gzip)).toBe(true);
  expect(total(carried)).toBeLessThan(content.length - 12 * MIB);
});

test('what does not shrink goes as it is', async ({ stack, configurationPage, profile }) => {
  const content = randomBytes(20 * MIB);
  const carried = await sent({ stack, configurationPage, profile }, content);
  expect(carried.map(({ gzip }) => gzip)).toEqual([false, false]);
  expect(total(carried)).toBe(content.length);
});

test('a service that does not unpack gets the bytes as they are', async ({
  stack,
  configurationPage,
  profile,
}) => {
  await stack.e2bFault({
    target: 'envd',
    path: '/files',
    method: 'POST',
    action: 'status',
    status: 400,
    count: 1,
  });
  const content = table();
  const [first, ...others] = await sent({ stack, configurationPage, profile }, content);
  expect(first).toMatchObject({ gzip: true, status: 400 });
  // The part that was refused; others may have been on their way already.
  expect(others.filter(({ gzip }) => !gzip).map(({ bytes }) => bytes)).toContain(8 * MIB);
});
