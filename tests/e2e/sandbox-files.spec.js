// The Sandbox tab: what is in a sandbox is looked at, changed and taken out.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cover } from '../harness/cover.mjs';
import { entries, entry, started } from '../harness/sandbox.mjs';
import { csv } from '../harness/uploads.mjs';
import { expect, test } from './fixtures.js';

const names = (panel) =>
  entries(panel)
    .locator('.entry')
    .evaluateAll((all) => all.map((it) => it.textContent));

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
  const uncover = await cover(page);
  await panel.frame.getByRole('button', { name: 'Delete with all in it' }).click({ force: true });
  await expect(panel.problem).toContainText('covered by something on the page');
  await uncover();
  await entry(panel, 'kept').getByRole('button', { name: 'Delete', exact: true }).click();
  await panel.button('Delete with all in it').click();
  await expect(entry(panel, 'kept')).toHaveCount(0);
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
