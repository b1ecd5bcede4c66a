// The editor of code, packages and user parameters, and runs of edits that are not saved.
import { expect, test } from './fixtures.js';

const CODE = `from keboola.component import CommonInterface
parameters = CommonInterface().configuration.parameters
print('saved', sorted(parameters))
`;

const editor = (panel, name) => panel.frame.getByRole('textbox', { name });
const part = (panel, name) =>
  panel.frame.getByRole('tablist', { name: 'What to edit' }).getByRole('tab', { name });

/** Puts a text in the place of all that an editor holds, as a person does. */
async function write(panel, name, text) {
  const { keyboard } = panel.frame.page();
  await editor(panel, name).click();
  await keyboard.press('ControlOrMeta+a');
  await keyboard.insertText(text);
}

/** Violations of the policy, and whatever else the console shows as an error. */
function watch(page) {
  const problems = [];
  page.on('console', (line) => {
    if (line.type() === 'error')
      problems.push(`${line.location().url}:${line.location().lineNumber}: ${line.text()}`);
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  return problems;
}

async function open({ stack, configurationPage, ...more }) {
  const own = await stack.configuration({ code: CODE, ...more });
  const panel = await configurationPage.ready(own.url, stack.facts);
  const problems = watch(configurationPage.page);
  await panel.show('Config');
  const [{ version }] = await stack.versions(own.id);
  return { ...own, panel, problems, version };
}

const writes = async (stack) =>
  (await stack.requestHeads()).filter(({ method }) => method === 'PUT');

test('edits run without being saved, survive the panel, and are gone when they are discarded', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const { panel, problems, id, version } = await open({ stack, configurationPage });
  await stack.forgetRequests();
  await expect(editor(panel, 'Code, Python')).toContainText("print('saved'");
  await expect(panel.button('Run unsaved')).toBeDisabled();
  await picture('config-editor');
  await write(panel, 'Code, Python', CODE.replace("'saved'", "'edited', 6 * 7"));
  await expect(part(panel, 'Code edited')).toBeVisible();
  await expect(panel.frame.getByText(`Code edited, on version ${version}.`)).toBeVisible();
  await picture('config-edited');
  await panel.button('Run unsaved').click();
  await panel.button('Stop').or(panel.problem).first().waitFor();
  expect(await panel.ended()).toMatch(/^exit 0/);
  expect(await panel.lines('stdout')).toEqual(["edited 42 ['debug']"]);
  expect(await panel.lines('note')).toEqual([`Running unsaved edits on version ${version}.`]);
  await expect(panel.step('Configuration')).toContainText(`unsaved edits on version ${version}`);
  await picture('run-unsaved');
  expect(await writes(stack)).toEqual([]);
  expect((await stack.versions(id))[0].version).toBe(version);

  // Closed at once: what was typed last is there, too.
  await panel.show('Config');
  await part(panel, 'Packages').click();
  await write(panel, 'Packages, one in a line', 'keboola.utils');
  await panel.close();
  const again = await configurationPage.openPanel();
  expect(await again.runToEnd()).toMatch(/^exit 0/);
  expect(await again.lines('stdout'), 'Run runs what is saved').toEqual(["saved ['debug']"]);
  await again.show('Config');
  await expect(
    again.frame.getByText(`Code and packages edited, on version ${version}.`),
  ).toBeVisible();
  await expect(editor(again, 'Code, Python')).toContainText("'edited', 6 * 7,");
  await part(again, 'Packages').click();
  await expect(editor(again, 'Packages, one in a line')).toHaveText('keboola.utils');
  await again.button('Discard edits').click();
  await again.button('Discard them').click();
  await expect(again.frame.getByText(`Version ${version}, nothing edited.`)).toBeVisible();
  await expect(editor(again, 'Packages, one in a line')).toHaveText('');
  await expect(again.button('Run unsaved')).toBeDisabled();
  await again.close();
  const last = await configurationPage.openPanel();
  await last.show('Config');
  await expect(last.frame.getByText(`Version ${version}, nothing edited.`)).toBeVisible();
  expect(await writes(stack)).toEqual([]);
  expect(problems).toEqual([]);
});

test('a mistake in the parameters is told with its place and keeps the edits from running', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const { panel, problems } = await open({
    stack,
    configurationPage,
    user_properties: { rate: 1.0, name: 'é' },
  });
  await part(panel, 'Parameters').click();
  const name = 'User parameters, JSON';
  await expect(editor(panel, name)).toContainText('"rate"');
  await write(panel, name, '{\n"rate": 2\n"name": "x"\n}');
  const told = panel.frame.getByText('Parameters, line 3, column 1: A comma or } is missing');
  await expect(told).toBeVisible();
  await expect(panel.button('Run unsaved')).toBeDisabled();
  await expect(panel.button('Review and save…')).toBeDisabled();
  await picture('config-mistake');
  await write(panel, name, '{\n"rate": 2,\n"name": "x"\n}');
  await expect(told).toBeHidden();
  await panel.button('Run unsaved').click();
  await panel.button('Stop').or(panel.problem).first().waitFor();
  expect(await panel.ended()).toMatch(/^exit 0/);
  expect(await panel.lines('stdout')).toEqual(["saved ['name', 'rate']"]);
  expect(problems).toEqual([]);
});

test('a secret that was typed in clear is used, masked, and stands nowhere in clear', async ({
  stack,
  configurationPage,
  context,
}) => {
  const secret = 'typed-in-clear-3141592653';
  const code = `from keboola.component import CommonInterface
value = CommonInterface().configuration.parameters['#password']
print(len(value), value[::-1], value)
`;
  const { panel, problems, version } = await open({ stack, configurationPage, code });
  await stack.forgetRequests();
  await part(panel, 'Parameters').click();
  await write(panel, 'User parameters, JSON', `{"#password": "${secret}"}`);
  await expect(panel.frame.getByText(`Parameters edited, on version ${version}.`)).toBeVisible();
  await panel.button('Run unsaved').click();
  await panel.button('Stop').or(panel.problem).first().waitFor();
  expect(await panel.ended()).toMatch(/^exit 0/);
  const backwards = [...secret].reverse().join('');
  expect(await panel.lines('stdout')).toEqual([`${secret.length} ${backwards} ***`]);
  const [worker] = context.serviceWorkers();
  const areas = await worker.evaluate(async () =>
    JSON.stringify(
      await Promise.all([chrome.storage.session.get(null), chrome.storage.local.get(null)]),
    ),
  );
  expect(areas).toContain('draft/');
  expect(areas).not.toContain(secret);
  expect(areas).not.toContain(Buffer.from(secret).toString('base64').slice(0, 30));
  const toKeboola = (await stack.requests()).filter(({ host }) => host.includes('keboola'));
  expect(JSON.stringify(toKeboola)).not.toContain(secret);
  expect(problems).toEqual([]);
});

test('somebody saves meanwhile: it is told, and the edits run on the newer version', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const { panel, id, version } = await open({ stack, configurationPage });
  await write(panel, 'Code, Python', CODE.replace("'saved'", "'edited'"));
  await expect(panel.frame.getByText(`Code edited, on version ${version}.`)).toBeVisible();
  await stack.writeConfiguration(id, {
    set: { 'parameters.user_properties': { theirs: true } },
    author: 'anna@example.com',
  });
  await panel.show('Run');
  await panel.show('Config');
  const newer = panel.frame.getByText(`Version ${version + 1} by anna@example.com, `);
  await expect(newer).toContainText('is in Storage now.');
  await expect(editor(panel, 'Code, Python')).toContainText("'edited'");
  await picture('config-newer');
  await panel.button('Run unsaved').click();
  await panel.button('Stop').or(panel.problem).first().waitFor();
  expect(await panel.ended()).toMatch(/^exit 0/);
  expect(await panel.lines('stdout')).toEqual(["edited ['theirs']"]);
  expect(await panel.lines('note')).toEqual([`Running unsaved edits on version ${version + 1}.`]);
});

test('edits are run unsaved, then saved, and run the same way', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const secret = 'typed-and-saved-1618033988';
  const code = `from keboola.component import CommonInterface
value = CommonInterface().configuration.parameters['#password']
print('saved', len(value), value[::-1])
`;
  const { panel, problems, id, version } = await open({ stack, configurationPage });
  await stack.forgetRequests();
  await write(panel, 'Code, Python', code);
  await part(panel, 'Parameters').click();
  await write(panel, 'User parameters, JSON', `{"#password": "${secret}"}`);
  await panel.button('Run unsaved').click();
  await panel.button('Stop').or(panel.problem).first().waitFor();
  expect(await panel.ended()).toMatch(/^exit 0/);
  const lines = [`saved ${secret.length} ${[...secret].reverse().join('')}`];
  expect(await panel.lines('stdout')).toEqual(lines);
  await panel.show('Config');
  await panel.button('Review and save…').click();
  const review = panel.frame.getByRole('region', { name: 'Review before saving' });
  await expect(review).toContainText('Encrypted by Keboola before it is saved: ');
  await expect(review).not.toContainText(secret);
  await picture('config-save-edits');
  await panel.button(`Save as version ${version + 1}`).click();
  await expect(panel.frame.locator('#saved')).toContainText(`Saved as version ${version + 1}.`);
  await expect(panel.frame.getByText(`Version ${version + 1}, nothing edited.`)).toBeVisible();
  const versions = await stack.versions(id);
  const stored = JSON.parse(versions[0].text).parameters;
  expect(stored.code).toBe(code);
  expect(stored.user_properties['#password']).toMatch(/^KBC::/);
  expect(JSON.stringify(versions)).not.toContain(secret);
  const told = (await stack.requests()).filter(({ body }) => body?.includes(secret));
  expect(told.map(({ host }) => host.split('.')[0])).toEqual(['encryption']);
  // Nobody can read it back; what was typed a moment ago is still known for this session.
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  expect(await panel.lines('stdout')).toEqual(lines);
  expect(problems).toEqual([]);
});

test('code from git: only the parameters can be edited', async ({ stack, configurationPage }) => {
  const { panel } = await open({
    stack,
    configurationPage,
    source: 'git',
    git: { url: 'https://git.example.com/a.git' },
  });
  await expect(panel.frame.getByText('The code comes from git')).toBeVisible();
  await expect(part(panel, 'Parameters')).toHaveAttribute('aria-selected', 'true');
  await expect(part(panel, 'Code')).toHaveCount(0);
  await expect(editor(panel, 'User parameters, JSON')).toContainText('"debug": false');
});

test('the keyboard goes in, indents, and finds the way out', async ({
  stack,
  configurationPage,
}) => {
  const { panel, problems } = await open({ stack, configurationPage });
  const { keyboard } = configurationPage.page;
  await expect(editor(panel, 'Code, Python')).toBeVisible();
  await part(panel, 'Code').focus();
  await keyboard.press('Tab');
  await expect(editor(panel, 'Code, Python')).toBeFocused();
  await keyboard.press('ControlOrMeta+Home');
  await keyboard.type('if True:\nx = 1');
  await expect(editor(panel, 'Code, Python')).toContainText('    x = 1');
  await keyboard.press('Tab');
  await expect(editor(panel, 'Code, Python')).toBeFocused();
  await keyboard.press('ControlOrMeta+f');
  await expect(panel.frame.getByRole('textbox', { name: 'Find' })).toBeFocused();
  await keyboard.press('Escape');
  await expect(editor(panel, 'Code, Python')).toBeFocused();
  await keyboard.press('Escape');
  await keyboard.press('Tab');
  await expect(editor(panel, 'Code, Python')).not.toBeFocused();
  await expect(panel.button('Run unsaved')).toBeFocused();
  await part(panel, 'Code').focus();
  await keyboard.press('ArrowRight');
  await expect(part(panel, 'Packages')).toBeFocused();
  await expect(editor(panel, 'Packages, one in a line')).toBeVisible();
  expect(problems).toEqual([]);
});
