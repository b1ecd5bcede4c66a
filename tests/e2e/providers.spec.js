// The clouds behind Storage: files and tables on Azure and Google's cloud, as on Amazon's.
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { expect, test } from './fixtures.js';
import { csv, sha256, storedId } from '../harness/uploads.mjs';

const CLOUDS = {
  azure: {
    host: '*.blob.core.windows.net',
    ours: (host) => host.endsWith('.blob.core.windows.net'),
    /** Three blocks of 8 MiB at most. */
    bytes: 20_000_000,
    /** And their list. */
    puts: 4,
    part: { method: 'PUT', query: '*comp=block&*' },
  },
  gcp: {
    host: 'storage.googleapis.com',
    ours: (host) => host === 'storage.googleapis.com',
    /** Three parts of 16 MiB at most. */
    bytes: 40_000_000,
    puts: 3,
    part: { method: 'PUT', path: '/upload/*' },
  },
};

async function ready({ stack, configurationPage, cloud }, facts = {}) {
  const { url, id } = await stack.configuration({ code: 'print(1)', cloud, ...facts });
  const { e2b, keboola } = stack.facts;
  const panel = await configurationPage.ready(url, { e2b, keboola: keboola[cloud] });
  return { panel, id };
}

function bigFile(profile, size) {
  const bytes = randomBytes(size);
  const path = `${profile}/big.bin`;
  writeFileSync(path, bytes);
  return { path, hash: sha256(bytes) };
}

const toStore = async (stack, cloud, method) =>
  (await stack.requests()).filter(
    (request) => CLOUDS[cloud].ours(request.host) && request.method === method,
  );

for (const [cloud, { host, bytes: size, puts, part }] of Object.entries(CLOUDS)) {
  test.describe(`on ${cloud}`, () => {
    test('small files, an empty one too, are in Storage byte for byte', async ({
      stack,
      configurationPage,
    }) => {
      const { panel } = await ready({ stack, configurationPage, cloud });
      const small = csv('wörld (1).csv');
      await panel.browse([small, csv('empty.csv', Buffer.alloc(0))]);
      await panel.button('Upload').click();
      for (const [name, bytes] of [
        ['wörld (1).csv', small.buffer],
        ['empty.csv', Buffer.alloc(0)],
      ]) {
        const id = await storedId(panel, name);
        const expected = { bytes: bytes.length, sha256: sha256(bytes) };
        expect(await stack.object(id)).toMatchObject(expected);
      }
    });

    test('a file in parts is there byte for byte, each part sent once', async ({
      stack,
      configurationPage,
      profile,
    }) => {
      const { panel } = await ready({ stack, configurationPage, cloud });
      const { path, hash } = bigFile(profile, size);
      await stack.forgetRequests();
      await panel.browse(path);
      await panel.button('Upload').click();
      const id = await storedId(panel, 'big.bin');
      expect(await stack.object(id)).toMatchObject({ bytes: size, sha256: hash });
      expect(await toStore(stack, cloud, 'PUT')).toHaveLength(puts);
    });

    test('connections that break and servers that are busy cost a part, not the file', async ({
      stack,
      configurationPage,
      profile,
    }) => {
      const { panel } = await ready({ stack, configurationPage, cloud });
      const { path, hash } = bigFile(profile, size);
      await stack.fault({ host, ...part, kind: 'reset', accept_bytes: 5_000_000, after: 1 });
      await stack.fault({ host, ...part, kind: 'unavailable', after: 2 });
      await stack.fault({ host, ...part, kind: 'lost_answer', after: 3 });
      await stack.forgetRequests();
      await panel.browse(path);
      await panel.button('Upload').click();
      const id = await storedId(panel, 'big.bin');
      expect(await stack.object(id)).toMatchObject({ bytes: size, sha256: hash });
      const hit = (await stack.requests()).filter(({ fault }) => fault);
      expect(hit.length).toBeGreaterThanOrEqual(2);
    });

    test('credentials that expire in mid-upload cost time, not the file', async ({
      stack,
      configurationPage,
      profile,
    }) => {
      const { panel } = await ready({ stack, configurationPage, cloud });
      const { path, hash } = bigFile(profile, size);
      const before = (await stack.files()).map(({ id }) => id);
      await stack.fault({
        host,
        method: cloud === 'gcp' ? 'POST' : 'PUT',
        kind: 'stall',
        stall_ms: 1_500,
      });
      await panel.browse(path);
      await panel.button('Upload').click();
      const created = async () => (await stack.files()).find(({ id }) => !before.includes(id));
      await expect.poll(created).toBeDefined();
      await stack.expireCredentials((await created()).id);
      const id = await storedId(panel, 'big.bin');
      expect(await stack.object(id)).toMatchObject({ bytes: size, sha256: hash });
      // What was begun with the old credentials is gone.
      const left = (await stack.files())
        .map((file) => file.id)
        .filter((it) => !before.includes(it));
      expect(left).toEqual([Number(id)]);
    });

    test('Cancel leaves nothing behind', async ({ stack, configurationPage, profile }) => {
      const { panel } = await ready({ stack, configurationPage, cloud });
      const { path } = bigFile(profile, size);
      const before = (await stack.files()).length;
      await stack.fault({ host, ...part, kind: 'stall', stall_ms: 60_000, times: 3 });
      await panel.browse(path);
      await panel.button('Upload').click();
      await expect.poll(async () => (await stack.files()).length).toBe(before + 1);
      await panel.button('Cancel big.bin').click();
      await expect(panel.file('big.bin')).toContainText('The upload was cancelled.');
      await expect.poll(async () => (await stack.files()).length).toBe(before);
    });

    test('a run gets its table in slices and its file', async ({ stack, configurationPage }) => {
      const csv_text = ['id,name', ...Array.from({ length: 25 }, (_, n) => `${n},n${n}`), ''].join(
        '\n',
      );
      const tables = [{ id: 'in.c-sliced.rows', csv_text, sliced: true, slice_rows: 10 }];
      const { panel } = await ready(
        { stack, configurationPage, cloud },
        {
          code: [
            'import os',
            "rows = open('/data/in/tables/rows.csv').read().splitlines()",
            'print(len(rows), rows[0], rows[-1])',
            "print(sorted(n for n in os.listdir('/data/in/files') if not n.endswith('.manifest')))",
          ].join('\n'),
          tables: [['in.c-sliced.rows', 'rows.csv']],
          more: { tables },
        },
      );
      await panel.browse(csv('rain.csv'));
      await panel.button('Upload').click();
      const id = await storedId(panel, 'rain.csv');
      expect(await panel.runToEnd()).toContain('exit 0');
      const lines = await panel.lines('stdout');
      expect(lines[0]).toBe('26 "id","name" "24","n24"');
      expect(lines[1]).toBe(`['${id}_rain.csv']`);
    });
  });
}
