// What can go wrong between an edit and its save: each is told in words, and the edits are kept.
import { expect, test } from './fixtures.js';

const EDIT = "print('edited by me')\n";
const editor = (panel) => panel.frame.getByRole('textbox', { name: 'Code, Python' });
const review = (panel) => panel.frame.getByRole('region', { name: 'Review before saving' });

async function write(panel, text) {
  const { keyboard } = panel.frame.page();
  await editor(panel).click();
  await keyboard.press('ControlOrMeta+a');
  await keyboard.insertText(text);
  await expect(panel.frame.getByText(/^Code edited, on version/)).toBeVisible();
}

/** A configuration with a panel that holds an edit of the code. */
async function edited({ stack, configurationPage, text = EDIT, url, ...more }) {
  const own = await stack.configuration({ code: 'print(1)\n', ...more });
  const panel = await configurationPage.ready(url?.(own) ?? own.url, stack.facts);
  await panel.show('Config');
  await write(panel, text);
  return { ...own, panel };
}

async function save(panel) {
  await panel.button('Review and save…').click();
  await panel.button(/^Save as version/).click();
}

/** The edit is there still, also in a panel that is opened anew. */
async function kept(configurationPage, panel) {
  await expect(editor(panel)).toContainText('edited by me');
  await panel.close();
  const again = await configurationPage.openPanel();
  await again.show('Config');
  return again;
}

test('a configuration that was deleted meanwhile', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const { panel, id } = await edited({ stack, configurationPage });
  await panel.button('Review and save…').click();
  await expect(review(panel)).toBeVisible();
  await stack.writeConfiguration(id, { delete: true });
  await panel.button(/^Save as version/).click();
  await expect(panel.problem).toContainText('The configuration does not exist.');
  await picture('config-deleted');
  expect((await stack.versions(id))[0].is_deleted).toBe(true);
  const again = await kept(configurationPage, panel);
  await expect(again.problem).toContainText('The configuration does not exist.');
});

test('a configuration that was renamed meanwhile', async ({ stack, configurationPage }) => {
  const { panel, id } = await edited({ stack, configurationPage });
  await panel.button('Review and save…').click();
  await expect(review(panel)).toBeVisible();
  await stack.writeConfiguration(id, { name: 'Another name', author: 'anna@example.com' });
  await panel.button(/^Save as version/).click();
  // It is a version that nobody here has seen: looked at once more, then both stay.
  await expect(review(panel)).toContainText('anna@example.com');
  await panel.button(/^Save as version/).click();
  await expect(panel.frame.locator('#saved')).toContainText('Saved as version');
  const [newest] = await stack.versions(id);
  expect(newest.name).toBe('Another name');
  expect(JSON.parse(newest.text).parameters.code).toBe(EDIT);
});

test('a version conflict that Storage itself tells', async ({ stack, configurationPage }) => {
  const { panel, id } = await edited({ stack, configurationPage });
  const [{ version }] = await stack.versions(id);
  await stack.forgetRequests();
  await stack.fault({ host: 'connection.*', method: 'PUT', kind: 'version_conflict', times: 1 });
  await save(panel);
  // Nothing was done then, so it is done once more, after another look.
  await expect(panel.frame.locator('#saved')).toContainText(`Saved as version ${version + 1}.`);
  const [newest] = await stack.versions(id);
  expect(newest.version).toBe(version + 1);
  expect(JSON.parse(newest.text).parameters.code).toBe(EDIT);
  const asked = (await stack.requestHeads()).filter(({ path }) => path.includes(`/configs/${id}`));
  const methods = asked.map(({ method }) => method).join(' ');
  expect(methods, 'looked at between the two').toMatch(/PUT GET PUT/);
});

test('a token of somebody who may only read', async ({ stack, configurationPage }) => {
  const rights = { readOnly: true, componentAccess: ['kds-team.app-custom-python'] };
  const { token } = await stack.token({ rights });
  const facts = { ...stack.facts, keboola: { ...stack.facts.keboola, token } };
  const { id, url } = await stack.configuration({ code: 'print(1)\n' });
  const panel = await configurationPage.ready(url, facts);
  await panel.show('Config');
  await write(panel, EDIT);
  const before = await stack.versions(id);
  await save(panel);
  await expect(panel.problem).toContainText('The token has no right to do this.');
  expect(await stack.versions(id)).toEqual(before);
  const again = await kept(configurationPage, panel);
  await expect(editor(again)).toContainText('edited by me');
});

test('more than Storage takes', async ({ stack, configurationPage }) => {
  const { panel, id } = await edited({ stack, configurationPage });
  const [{ version }] = await stack.versions(id);
  await write(panel, `${'# 0123456789\n'.repeat(310_000)}# edited by me\n`);
  await panel.button('Review and save…').click();
  await panel.button(/^Save as version/).click();
  await expect(panel.problem).toContainText(
    'The configuration would be larger than Storage takes.',
  );
  expect((await stack.versions(id))[0].version).toBe(version);
  await expect(editor(panel)).toContainText('edited by me');
});

test('a development branch that is gone', async ({ stack, configurationPage, picture }) => {
  const branch = 900 + Math.floor(Math.random() * 90);
  await stack.seed({ branches: [{ id: branch, name: `try ${branch}` }] });
  const url = (own) => own.url.replace(/(\/projects\/\d+)/, `$1/branch/${branch}`);
  const { panel, id } = await edited({ stack, configurationPage, url });
  const before = await stack.versions(id);
  await panel.button('Review and save…').click();
  await expect(review(panel)).toBeVisible();
  await stack.endBranch(branch);
  await panel.button(/^Save as version/).click();
  await expect(panel.problem).toBeVisible();
  await picture('config-branch-gone');
  expect((await stack.versions(id)).length).toBe(before.length);
  await expect(editor(panel)).toContainText('edited by me');
});
