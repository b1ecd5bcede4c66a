// A terminal in the sandbox: what is typed is done there, and it goes on while nobody looks.
import { cover } from '../harness/cover.mjs';
import { endEngine } from '../harness/engine.mjs';
import { expect, test } from './fixtures.js';

const screen = (panel) => panel.frame.locator('#terminal .xterm-rows');
const type = async (panel, text) => {
  await panel.frame.getByLabel('Terminal input').focus();
  await panel.frame.page().keyboard.type(text);
  await panel.frame.page().keyboard.press('Enter');
};

async function ready({ stack, configurationPage }) {
  const panel = await configurationPage.ready(stack.facts.pages.configuration, stack.facts);
  await panel.show('Sandbox');
  await panel.button('Start a sandbox').click();
  await panel.button('Terminal').click();
  await expect(screen(panel)).toContainText('$');
  return panel;
}

test('what is typed is done in the sandbox, in colour, and survives the panel', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const problems = [];
  configurationPage.page.on('console', (line) => {
    if (line.type() === 'error' && !/style-src|inline style/i.test(line.text())) {
      problems.push(line.text());
    }
  });
  const panel = await ready({ stack, configurationPage });
  await type(panel, 'echo "$((6 * 7)) fish" > /tmp/fish; cat /tmp/fish');
  await expect(screen(panel)).toContainText('42 fish');
  await type(panel, String.raw`printf '\033[31mred\033[0m \033[38;2;1;200;3mgreen\033[0m\n'`);
  const red = screen(panel).locator('span', { hasText: /^red$/ });
  const green = screen(panel).locator('span', { hasText: /^green$/ });
  const colour = (of) => of.evaluate((it) => globalThis.getComputedStyle(it).color);
  await expect.poll(() => colour(green)).toBe('rgb(1, 200, 3)');
  expect(await colour(red)).not.toBe(await colour(green));
  await type(panel, 'ls /no/such/folder; sleep 1; seq 1 20 | tr "\\n" " "');
  await expect(screen(panel)).toContainText('18 19 20');
  await picture('sandbox-terminal');
  // The shell knows the size of its window.
  await type(panel, 'echo cols=$(tput cols)');
  const columns = async () => Number(/cols=(\d+)/.exec(await screen(panel).innerText())?.[1]);
  await expect.poll(columns).toBeGreaterThan(40);

  await type(panel, 'sleep 2; echo la""te');
  await panel.close();
  const again = await configurationPage.openPanel();
  await again.show('Sandbox');
  await again.button('Terminal').click();
  await expect(screen(again)).toContainText('42 fish');
  await expect(screen(again)).toContainText('late');
  expect(await stack.sandboxes()).toHaveLength(1);
  expect(problems).toEqual([]);
});

test('Shift+Esc leaves it, its shell ends when that is wanted, and its end is told', async ({
  stack,
  configurationPage,
  page,
}) => {
  const panel = await ready({ stack, configurationPage });
  await panel.frame.getByLabel('Terminal input').focus();
  // Esc and Tab are the shell's.
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  await expect(panel.frame.getByLabel('Terminal input')).toBeFocused();
  await page.keyboard.press('Shift+Escape');
  await expect(panel.button('Hide')).toBeFocused();
  await panel.button('Hide').click();
  await expect(screen(panel)).toHaveCount(0);
  await panel.button('Terminal').click();
  await type(panel, 'exit 3');
  await expect(screen(panel)).toContainText('The shell has ended: exit status 3.');
  await panel.button('New shell').click();
  await type(panel, 'echo ag""ain');
  await expect(screen(panel)).toContainText('again');
  // What a page covers ends nothing.
  await panel.button('End shell').click();
  const uncover = await cover(page);
  await panel.button('End it and what it started').click({ force: true });
  await expect(panel.problem).toContainText('covered by something on the page');
  await uncover();
  await type(panel, 'echo still he""re');
  await expect(screen(panel)).toContainText('still here');
  await panel.button('End shell').click();
  await panel.button('End it and what it started').click();
  await expect(screen(panel)).toHaveCount(0);
  await panel.button('Terminal').click();
  await expect(screen(panel)).toContainText('$');
  const [{ sandboxID }] = await stack.sandboxes();
  await stack.killSandbox(sandboxID);
  await expect(screen(panel)).toContainText(/The (sandbox is gone|terminal was lost)/, {
    timeout: 40_000,
  });
});

test('variables of the settings are those of the sandbox, of each run and of the terminal', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const code = 'import os\nprint(os.environ.get("OWN"), os.environ["KBC_DATADIR"])\n';
  const { url } = await stack.configuration({ code });
  const panel = await configurationPage.ready(url, stack.facts);
  const { frame } = panel;
  const save = async () => {
    await panel.button('Save settings').click();
    await expect(frame.getByText('Saved', { exact: true })).toBeVisible();
  };
  const printed = async () => {
    await panel.show('Run');
    expect(await panel.runToEnd()).toMatch(/^exit 0/);
    return panel.lines('stdout');
  };
  const value = frame.getByRole('textbox', { name: 'Value', exact: true }).last();
  await panel.show('Settings');
  await panel.button('Add variable').click();
  await frame.getByRole('textbox', { name: 'Name', exact: true }).last().fill('OWN');
  await value.fill('from the settings');
  await save();
  await picture('settings-environment');
  await stack.forgetRequests();
  expect(await printed()).toEqual(['from the settings /data/']);
  // What the template starts by itself has it, too. The marks are read by whoever has the key.
  const creation = (await stack.requests()).find(
    (it) => it.method === 'POST' && it.path === '/sandboxes',
  );
  const { envVars, metadata } = JSON.parse(creation.body);
  expect(envVars).toEqual({ OWN: 'from the settings' });
  expect(metadata.variables).toBe('OWN');
  expect(JSON.stringify(metadata)).not.toContain('from the settings');
  await panel.show('Sandbox');
  await panel.button('Terminal').click();
  await type(panel, 'echo "$OWN"; echo $TERM');
  await expect(screen(panel)).toContainText('from the settings');
  await expect(screen(panel)).toContainText('xterm-256color');
  await panel.button('End shell').click();
  await panel.button('End it and what it started').click();
  await expect(screen(panel)).toHaveCount(0);

  const sandbox = async () => (await stack.sandboxes()).map((it) => it.sandboxID);
  const first = await sandbox();
  await panel.show('Settings');
  await value.fill('another');
  await save();
  expect(await printed()).toEqual(['another /data/']);
  expect(await sandbox()).toEqual(first);

  await panel.show('Settings');
  await panel.button('Remove variable').last().click();
  await save();
  expect(await printed()).toEqual(['None /data/']);
  expect(await sandbox()).not.toContain(first[0]);
});

test('a terminal is joined again after the engine ended, and no other sandbox is made', async ({
  stack,
  context,
  configurationPage,
}) => {
  const panel = await ready({ stack, configurationPage });
  await type(panel, 'own=kept; echo be""fore');
  await expect(screen(panel)).toContainText('before');
  await endEngine(context);
  await expect(screen(panel)).toContainText('what was shown meanwhile is missing');
  await expect(screen(panel)).toContainText('before');
  await type(panel, 'echo "$own to the end"');
  await expect(screen(panel)).toContainText('kept to the end');

  await panel.close();
  await endEngine(context);
  const again = await configurationPage.openPanel();
  await again.show('Sandbox');
  await expect(again.frame.getByText('No sandbox lives for this configuration.')).toBeVisible();
  expect(await stack.sandboxes()).toHaveLength(1);
});

test('a shell that ended while there was no engine is told', async ({
  stack,
  context,
  configurationPage,
}) => {
  const panel = await ready({ stack, configurationPage });
  await type(panel, '(sleep 1; kill -9 $$) &');
  await stack.e2bFault({
    target: 'api',
    path: '/connect',
    action: 'stall',
    seconds: 3,
    count: 1,
  });
  await endEngine(context);
  await expect(screen(panel)).toContainText('[The shell has ended.]');
  await panel.button('New shell').click();
  await type(panel, 'echo ag""ain');
  await expect(screen(panel)).toContainText('again');
  expect(await stack.sandboxes()).toHaveLength(1);
});

test('what the sandbox does not take for a while is typed later, and a doubt is told', async ({
  stack,
  configurationPage,
}) => {
  const panel = await ready({ stack, configurationPage });
  const typing = { target: 'envd', path: '/process.Process/SendInput' };
  await stack.e2bFault({ ...typing, action: 'status', status: 503, count: 2 });
  await type(panel, 'echo la""ter');
  await expect(screen(panel)).toContainText('later');
  await expect(screen(panel)).toContainText('echo la""ter');
  await stack.e2bFault({ ...typing, action: 'reset', count: 1 });
  await panel.frame.getByLabel('Terminal input').focus();
  await configurationPage.page.keyboard.press('x');
  await expect(screen(panel)).toContainText('not all of what was typed may be there');
});
