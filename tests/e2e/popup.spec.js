// The popup of the toolbar button.
import { expect, test } from './fixtures.js';

test('without keys it says what is missing', async ({ openPopup, picture }) => {
  const popup = await openPopup();
  const keys = popup.getByRole('list', { name: 'Keys' });
  await expect(keys).toContainText('No e2b key yet');
  await expect(keys).toContainText('No Storage token yet');
  await expect(popup.getByText('No sandbox is running.')).toBeVisible();
  await picture('popup-empty', popup);
});

test('shows keys and sandboxes, and terminates a sandbox', async ({
  stack,
  configurationPage,
  openPopup,
  picture,
}) => {
  const { url } = await stack.configuration({ code: 'print(1)' });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.runToEnd();
  const popup = await openPopup();
  const keys = popup.getByRole('list', { name: 'Keys' });
  await expect(keys).toContainText(`e2b key, ends in ${stack.facts.e2b.api_key.slice(-4)}`);
  const sandboxes = popup.getByRole('list', { name: 'Sandboxes' });
  await expect(sandboxes.getByRole('listitem')).toHaveCount(1);
  await expect(sandboxes).toContainText(/[34]:\d\d left/);
  await picture('popup', popup);
  await sandboxes.getByRole('button', { name: 'Terminate', exact: true }).click();
  await popup.getByRole('button', { name: 'Terminate now' }).click();
  await expect(popup.getByText('No sandbox is running.')).toBeVisible();
  expect(await stack.sandboxes()).toEqual([]);
  // The next run does not ask for the sandbox that is gone.
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  await expect(panel.step('Sandbox')).toContainText('new');
});

test('a run that goes on is listed', async ({ stack, configurationPage, openPopup, picture }) => {
  const code = 'import time\nprint("started", flush=True)\ntime.sleep(600)';
  const { url, name } = await stack.configuration({ code });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.run();
  await expect(panel.log).toContainText('started');
  const popup = await openPopup();
  await expect(popup.getByRole('list', { name: 'Runs and uploads' })).toContainText(name);
  await expect(popup.getByText('running the script')).toBeVisible();
  await picture('popup-running', popup);
});
