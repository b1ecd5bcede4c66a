// The popup beside work that goes on, and beside the page that it was opened on.
import { expect, Panel, test } from './fixtures.js';
import { extensionId } from '../harness/extension.mjs';
import { csv, sparseFile, watchProgress } from '../harness/uploads.mjs';

const WAIT = 'import time\nprint("started", flush=True)\ntime.sleep(600)';

/** Opens the popup's page behind the active tab, so that it sees that tab as it does as a popup. */
async function popupOver(context) {
  const url = `chrome-extension://${extensionId()}/popup.html`;
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
  const opened = context.waitForEvent('page', (page) => page.url() === url);
  await worker.evaluate((address) => chrome.tabs.create({ url: address, active: false }), url);
  return opened;
}

const offscreenDocuments = async (context) => {
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
  const contexts = await worker.evaluate(() =>
    chrome.runtime.getContexts({ contextTypes: ['OFFSCREEN_DOCUMENT'] }),
  );
  return contexts.length;
};

const work = (popup) => popup.getByRole('list', { name: 'Runs and uploads' });

test('the popup alone does not start the engine', async ({ context, openPopup }) => {
  const popup = await openPopup();
  await expect(popup.getByText('No sandbox is running.')).toBeVisible();
  await expect(popup.getByText('Nothing is running.')).toBeVisible();
  expect(await offscreenDocuments(context)).toBe(0);
});

test('a running upload is shown with progress that grows, until it is done', async ({
  stack,
  configurationPage,
  openPopup,
  picture,
  profile,
}) => {
  const { url } = await stack.configuration({ code: 'print(1)' });
  const panel = await configurationPage.ready(url, stack.facts);
  const fault = { host: '*.amazonaws.com', method: 'PUT', kind: 'stall', stall_ms: 10_000 };
  await stack.fault(fault);
  await panel.browse(sparseFile(`${profile}/big.bin`, 60_000_000));
  await panel.button('Upload').click();
  await expect(panel.file('big.bin')).toContainText('of 60 MB', { timeout: 30_000 });
  const popup = await openPopup();
  const seen = await watchProgress(popup);
  const row = work(popup).getByRole('listitem').filter({ hasText: 'big.bin' });
  await expect(row).toContainText('of 60 MB');
  await expect(row.getByRole('progressbar')).toHaveAttribute('max', '60000000');
  await picture('popup-upload', popup);
  await expect(row).toHaveCount(0, { timeout: 60_000 });
  const values = await seen();
  expect(values.length).toBeGreaterThan(0);
  expect(values).toEqual(values.toSorted((one, other) => one - other));
});

test('an upload goes on and can be followed when its page is closed', async ({
  stack,
  configurationPage,
  openPopup,
  page,
}) => {
  const { url } = await stack.configuration({ code: 'print(1)' });
  const panel = await configurationPage.ready(url, stack.facts);
  const fault = { host: '*.amazonaws.com', method: 'PUT', kind: 'stall', stall_ms: 6_000 };
  await stack.fault(fault);
  await panel.browse(csv('left-behind.csv'));
  await panel.button('Upload').click();
  await expect(panel.file('left-behind.csv').getByRole('progressbar')).toBeVisible();
  const popup = await openPopup();
  await page.close();
  await expect(work(popup)).toContainText('left-behind.csv');
  await expect(popup.getByText('left-behind.csv')).toHaveCount(0, { timeout: 60_000 });
  const file = (await stack.files()).find(({ name }) => name === 'left-behind.csv');
  expect(await stack.object(file.id)).toMatchObject({ bytes: csv().buffer.length });
});

test('the life of a sandbox counts down; Keep keeps it, Terminate ends it and the run', async ({
  stack,
  configurationPage,
  openPopup,
  picture,
}) => {
  const { url } = await stack.configuration({ code: WAIT });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.run();
  await expect(panel.log).toContainText('started', { timeout: 60_000 });
  const popup = await openPopup();
  const sandboxes = popup.getByRole('list', { name: 'Sandboxes' });
  const left = async () => {
    const [, minutes, seconds] = /(\d+):(\d\d) left/.exec(await sandboxes.innerText());
    return Number(minutes) * 60 + Number(seconds);
  };
  await expect(sandboxes).toContainText(/\d+:\d\d left/);
  const first = await left();
  await expect.poll(left).toBeLessThan(first);
  await sandboxes.getByRole('button', { name: 'Terminate', exact: true }).click();
  await expect(sandboxes).toContainText('Its files are lost.');
  await picture('popup-terminate', popup);
  await popup.getByRole('button', { name: 'Keep' }).click();
  expect(await stack.sandboxes()).toHaveLength(1);
  await sandboxes.getByRole('button', { name: 'Terminate', exact: true }).click();
  await popup.getByRole('button', { name: 'Terminate now' }).click();
  await expect(popup.getByText('No sandbox is running.')).toBeVisible();
  expect(await stack.sandboxes()).toEqual([]);
  await panel.ended();
  await expect(panel.problem).toContainText('The sandbox is gone.');
});

test('a wrong e2b key is told in the place of the sandboxes', async ({
  stack,
  configurationPage,
  openPopup,
  picture,
}) => {
  await configurationPage.open(stack.facts.pages.configuration);
  const panel = await configurationPage.openPanel();
  await panel.saveKey(`e2b_${'0123456789'.repeat(4)}`);
  await expect(panel.button('Test key')).toBeEnabled();
  const popup = await openPopup();
  await expect(popup.getByRole('alert')).toContainText(/key/);
  await picture('popup-wrong-key', popup);
  await expect(popup.getByText('Reading the list…')).toHaveCount(0);
});

test('on another page Open panel is disabled and says why', async ({ openPopup }) => {
  const popup = await openPopup();
  const button = popup.getByRole('button', { name: 'Open panel' });
  await expect(button).toBeDisabled();
  await expect(button).toHaveAccessibleDescription(
    'The panel opens on the page of a Custom Python configuration. Open one first.',
  );
});

test('on a configuration Open panel opens it there', async ({
  stack,
  configurationPage,
  context,
  page,
  picture,
}) => {
  await configurationPage.ready(stack.facts.pages.configuration, stack.facts);
  await page.reload();
  await configurationPage.button.waitFor();
  const popup = await popupOver(context);
  const button = popup.getByRole('button', { name: 'Open panel' });
  await expect(button).toBeEnabled();
  const keys = popup.getByRole('list', { name: 'Keys' });
  await expect(keys).toContainText('Storage token of Dev stack');
  await picture('popup-on-configuration', popup);
  const closed = popup.waitForEvent('close');
  // A tab behind another gets no mouse.
  await button.evaluate((it) => it.click());
  await closed;
  await Panel.of(page);
});
