// The file on the disk, and the disk itself, while a file is uploaded.
import { randomBytes } from 'node:crypto';
import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import { expect, test } from './fixtures.js';

/** Three parts of 8 MiB at most. */
const BYTES = 20_000_000;
const PART = { host: '*.amazonaws.com', method: 'PUT' };

const CHANGES = {
  'is changed': (path) => {
    writeFileSync(path, randomBytes(BYTES));
    utimesSync(path, 1_700_000_000, 1_700_000_000);
  },
  vanishes: (path) => rmSync(path),
};

for (const [what, change] of Object.entries(CHANGES)) {
  test(`a file that ${what} while it uploads ends as such, and nothing of it is left`, async ({
    stack,
    configurationPage,
    profile,
    picture,
  }) => {
    const { url } = await stack.configuration({ code: 'print(1)' });
    const panel = await configurationPage.ready(url, stack.facts);
    const path = `${profile}/big.bin`;
    writeFileSync(path, randomBytes(BYTES));
    const before = (await stack.files()).map(({ id }) => id);
    await stack.fault({ ...PART, kind: 'stall', stall_ms: 60_000, times: 3 });
    await panel.browse(path);
    await panel.button('Upload').click();
    await panel.button('Pause big.bin').click();
    await expect(panel.file('big.bin')).toContainText('paused');
    const prepared = (await stack.files()).map(({ id }) => id).filter((id) => !before.includes(id));
    expect(prepared).toHaveLength(1);
    await stack.clearFaults();
    change(path);
    await panel.button('Continue big.bin').click();
    const failure = panel.file('big.bin').getByRole('alert');
    await expect(failure).toContainText('The file could not be read.');
    await expect(failure).toContainText('It was moved, deleted or changed after it was chosen');
    await expect(panel.button('Retry big.bin'), 'what was chosen is gone').toHaveCount(0);
    await picture(`files-source-${what.replace(' ', '-')}`);
    await expect.poll(async () => (await stack.files()).map(({ id }) => id)).toEqual(before);
    await expect(stack.object(prepared[0])).rejects.toThrow();
  });
}
