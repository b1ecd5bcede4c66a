// The Sandbox tab, and the files that go straight into a sandbox, as a person sees them.
import { expect } from './expect.mjs';

/** Python that tells each file below /data/input, with its checksum. */
export const TELL = `
import hashlib, os
for folder, _, names in sorted(os.walk('/data/input')):
    for name in sorted(names):
        path = os.path.join(folder, name)
        with open(path, 'rb') as file:
            print(path, hashlib.sha256(file.read()).hexdigest())
`;

/** Lets files go straight into the sandbox. */
export const straight = (panel) =>
  panel.frame.getByLabel('Keboola Storage', { exact: true }).uncheck();

/** The list of the tab, and one of its rows. */
export const entries = (panel) => panel.frame.getByRole('list', { name: 'Files in the sandbox' });
export const entry = (panel, name) =>
  entries(panel)
    .getByRole('listitem')
    .filter({ hasText: new RegExp(`^${name}`) });

/** Waits until the row of an upload says that the sandbox has it. */
export const isThere = (panel, name, path = `/data/input/${name}`, options = {}) =>
  expect(panel.file(name).locator('.good').getByText(path, { exact: true })).toBeVisible(options);

/** The tab of a configuration whose sandbox was just started. */
export async function started({ stack, configurationPage, url = stack.facts.pages.configuration }) {
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.show('Sandbox');
  await panel.button('Start a sandbox').click();
  await expect(panel.button('New folder')).toBeVisible();
  return panel;
}
