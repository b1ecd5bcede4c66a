// The run: what a person sees when the code runs well, badly, or not at all.
import { writeFileSync } from 'node:fs';
import { wholeLog } from '../harness/engine.mjs';
import { ConfigurationPage } from '../harness/page.mjs';
import { isRunning, runnersIn } from '../harness/processes.mjs';
import { expect, test } from './fixtures.js';

const AIRPORTS = [['in.c-main.airports', 'airports.csv']];

test('runs the saved code on its input and lists the outputs', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const panel = await configurationPage.ready(stack.facts.pages.configuration, stack.facts);
  await picture('run-idle');
  expect(await panel.runToEnd()).toMatch(/^exit 0 · .* · out\/tables\/summary\.csv 4 rows$/);
  expect(await panel.lines('stdout')).toEqual([
    'CA: 4 airports',
    'AK: 3 airports',
    'TX: 3 airports',
    'Wrote 4 states to summary.csv',
  ]);
  for (const step of ['Configuration', 'Sandbox', 'Packages', 'Inputs', 'Script', 'Outputs']) {
    await expect(panel.step(step)).toHaveClass('done');
  }
  await picture('run-done');
  expect(await panel.outputs()).toEqual([{ name: 'summary.csv', rows: 4 }]);
  await picture('outputs');
  await panel.show('Run');
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  await expect(panel.step('Sandbox')).toHaveText(/reused, template [^,]+$/);
  await expect(panel.step('Packages')).toContainText('unchanged');
});

test('what a sandbox keeps for the next run is told', async ({ stack, configurationPage }) => {
  const { url, id } = await stack.configuration({ code: 'print("done")' });
  const panel = await configurationPage.ready(url, stack.facts);
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  await expect(panel.step('Sandbox')).toHaveText(/new, template [^,]+$/);
  for (const [now, words] of [
    [['humanize==4.17.0'], 'more packages'],
    [[], 'new packages'],
  ]) {
    await stack.writeConfiguration(id, { set: { 'parameters.packages': now } });
    expect(await panel.runToEnd()).toMatch(/^exit 0/);
    await expect(panel.step('Sandbox')).toContainText('reused');
    await expect(panel.step('Sandbox')).toContainText(words);
  }
  expect(await stack.sandboxes()).toHaveLength(1);
});

test('a configuration without code says so and starts nothing', async ({
  stack,
  configurationPage,
}) => {
  const panel = await configurationPage.ready(stack.facts.pages.no_code, stack.facts);
  await panel.runToEnd();
  await expect(panel.problem).toContainText('The configuration has no code.');
  expect(await stack.sandboxes()).toEqual([]);
});

test('a missing input table is named', async ({ stack, configurationPage, picture }) => {
  const panel = await configurationPage.ready(stack.facts.pages.missing_table, stack.facts);
  await panel.runToEnd();
  await expect(panel.problem).toContainText('A table of the input mapping does not exist.');
  await expect(panel.problem).toContainText('in.c-main.not_there');
  await picture('run-missing-table');
});

test('a script that exits 1 shows its traceback with the indentation', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const panel = await configurationPage.ready(stack.facts.pages.fails, stack.facts);
  expect(await panel.runToEnd()).toMatch(/^exit 1/);
  const lines = await panel.lines('stderr');
  expect(lines[0]).toBe('Traceback (most recent call last):');
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}File "\/data\/script\.py", line 6/));
  expect(lines).toContainEqual(expect.stringMatching(/^ {4}return sum\(/));
  expect(lines.at(-1)).toBe("KeyError: 'amount'");
  await expect(panel.problem).toContainText('The script ended with an error.');
  await picture('run-exit-1');
});

test('a script that is killed is told apart from one that fails', async ({
  stack,
  configurationPage,
}) => {
  const code = 'import os\nprint("about to go", flush=True)\nos.kill(os.getpid(), 9)\n';
  const { url } = await stack.configuration({ code });
  const panel = await configurationPage.ready(url, stack.facts);
  expect(await panel.runToEnd()).toMatch(/^killed by SIGKILL/);
  await expect(panel.problem).toContainText('The script was killed.');
});

test('the end tells what the script used', async ({ stack, configurationPage }) => {
  const { url } = await stack.configuration({ code: 'print("fine")' });
  const panel = await configurationPage.ready(url, stack.facts);
  const used = /^exit 0 · .* · peak memory [\d.]+ MB · CPU [\d.]+ m?s$/;
  expect(await panel.runToEnd()).toMatch(used);
});

test('memory that is used up is told as such', async ({ stack, configurationPage, profile }) => {
  // The dev stack's sandboxes lack the kernel's counter: one is put there, and the script counts up.
  const counter = '/sys/fs/cgroup/memory.events';
  const code = [
    'import os',
    // Whoever owns the file, the folder is the user's.
    `os.remove("${counter}")`,
    `open("${counter}", "w").write("oom 1\\noom_kill 1\\n")`,
    'os.kill(os.getpid(), 9)',
  ].join('\n');
  const { url } = await stack.configuration({ code });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.show('Files');
  const file = `${profile}/memory.events`;
  writeFileSync(file, 'oom_kill 0\n');
  await panel.browse([file]);
  await panel.frame.getByLabel('Keboola Storage', { exact: true }).uncheck();
  await panel.frame.getByLabel('Folder in the sandbox').fill('/sys/fs/cgroup/');
  await panel.button('Upload').click();
  await expect(panel.file('memory.events').getByText(counter, { exact: true })).toBeVisible();
  expect(await panel.runToEnd()).toMatch(/^killed by SIGKILL/);
  await expect(panel.problem).toContainText("The sandbox's memory was used up.");
  await expect(panel.button('Open Settings')).toBeVisible();
});

test('a run ends at the limit that Settings name', async ({ stack, configurationPage }) => {
  const { url } = await stack.configuration({
    code: 'import time\nprint("begun", flush=True)\ntime.sleep(600)\n',
  });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.saveSeconds('Run limit', 5);
  expect(await panel.runToEnd()).toMatch(/^stopped at its time limit/);
  await expect(panel.problem).toContainText('The run was stopped at its time limit.');
});

test('a second run of a configuration is refused while one goes on', async ({
  stack,
  context,
  configurationPage,
}) => {
  const { url } = await stack.configuration({ code: 'import time\ntime.sleep(600)\n' });
  const panel = await configurationPage.ready(url, stack.facts);
  const other = new ConfigurationPage(await context.newPage());
  await other.open(url);
  const second = await other.openPanel();
  await second.show('Run');
  // Neither panel hears of anything until both are pressed: each is busy up to one moment.
  const buttons = [panel, second].map((of) => of.button('Run in sandbox').elementHandle());
  const at = Date.now() + 2_000;
  const press = async (button) =>
    (await button).evaluate((element, moment) => {
      while (Date.now() < moment);
      element.click();
    }, at);
  await Promise.all(buttons.map(press));
  const refused = async () => {
    const words = [panel, second].map(({ problem }) => problem.allInnerTexts());
    return (await Promise.all(words)).flat().join();
  };
  await expect.poll(refused).toContain('A run of this configuration is going on already.');
  await panel.button('Stop').click();
  expect(await panel.ended()).toMatch(/^stopped/);
});

test('two configurations run side by side, each with its own log and sandbox', async ({
  stack,
  context,
  configurationPage,
}) => {
  const code = (name) =>
    [
      'import time',
      'for number in range(30):',
      `    print("${name}", number, flush=True)`,
      '    time.sleep(0.1)',
    ].join('\n');
  const first = await stack.configuration({ code: code('first') });
  const second = await stack.configuration({ code: code('second') });
  const one = await configurationPage.ready(first.url, stack.facts);
  const otherPage = new ConfigurationPage(await context.newPage());
  await otherPage.open(second.url);
  const other = await otherPage.openPanel();
  await one.run();
  await other.run();
  const ends = await Promise.all([one.ended(), other.ended()]);
  for (const end of ends) expect(end).toMatch(/^exit 0/);
  const lines = (name) => Array.from({ length: 30 }, (_, number) => `${name} ${number}`);
  const told = async (panel) =>
    (await wholeLog(panel)).map((line) => /(first|second) \d+$/.exec(line)?.[0]).filter(Boolean);
  expect(await told(one)).toEqual(lines('first'));
  expect(await told(other)).toEqual(lines('second'));
  expect(await stack.sandboxes()).toHaveLength(2);
});

for (const [words, order] of [
  ['its own words', { action: 'status', message: 'The sandbox is running but port is not open' }],
  ["a proxy's words", { action: 'text', message: 'upstream connect error' }],
]) {
  test(`a sandbox that does not listen at once is waited for, in ${words}`, async ({
    stack,
    configurationPage,
  }) => {
    const { url } = await stack.configuration({ code: 'print("fine")' });
    const panel = await configurationPage.ready(url, stack.facts);
    const closed = { target: 'envd', path: '/files', status: 502, ...order };
    await stack.e2bFault({ ...closed, count: 4 });
    expect(await panel.runToEnd()).toMatch(/^exit 0/);
    expect(await stack.e2bFaults()).toEqual([]);
    expect(await stack.sandboxes()).toHaveLength(1);
  });
}

test('the Sandbox tab waits for a sandbox whose port is not open yet', async ({
  stack,
  configurationPage,
}) => {
  const { url } = await stack.configuration({ code: 'print("fine")' });
  const panel = await configurationPage.ready(url, stack.facts);
  await stack.e2bOpening(3_000);
  try {
    await panel.show('Sandbox');
    await panel.button('Start a sandbox').click();
    await expect(panel.button('New folder')).toBeVisible();
    await expect(panel.problem).toHaveCount(0);
  } finally {
    await stack.e2bOpening(0);
  }
});

test('10 MB in a burst arrive whole and leave the panel quick', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const code = [
    'import sys',
    'line = "x" * 99 + "\\n"',
    'for start in range(0, 100_000, 1000):',
    '    sys.stdout.write(line * 999 + f"{start + 1000:>99}\\n")',
    'print("the end")',
  ].join('\n');
  const { url } = await stack.configuration({ code });
  const panel = await configurationPage.ready(url, stack.facts);
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  await picture('run-burst');
  await expect.poll(async () => (await panel.lines()).at(-1)).toBe('the end');
  await panel.frame.getByLabel('Search the log').fill('100000');
  await expect(panel.frame.getByRole('status', { name: 'Matches' })).toHaveText('1 of 1');
  await expect(panel.log.locator('.found')).toHaveText('100000');
});

test('half a character that is written in two halves arrives as one', async ({
  stack,
  configurationPage,
}) => {
  const code = [
    'import sys, time',
    'out = sys.stdout.buffer',
    'for part in (b"\\xe2\\x82", b"\\xac and \\xf0\\x9f", b"\\x90\\x8d\\n"):',
    '    out.write(part); out.flush(); time.sleep(0.3)',
    'out.write(b"cut off: \\xe2\\x82"); out.flush()',
  ].join('\n');
  const { url } = await stack.configuration({ code });
  const panel = await configurationPage.ready(url, stack.facts);
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  expect(await panel.lines('stdout')).toEqual(['€ and 🐍', 'cut off: �']);
});

test('Stop ends the script and everything that it started', async ({
  stack,
  configurationPage,
  picture,
}) => {
  // A number of its own: the processes of this machine are searched for it.
  const seconds = String(100_000 + Math.floor(Math.random() * 900_000));
  const code = [
    'import subprocess, time',
    `child = subprocess.Popen(["sleep", "${seconds}"])`,
    'print("started", flush=True)',
    'time.sleep(600)',
  ].join('\n');
  const { url } = await stack.configuration({ code });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.run();
  await expect(panel.log).toContainText('started');
  await picture('run-running');
  expect(isRunning('sleep', seconds)).toBe(true);
  await panel.button('Stop').click();
  expect(await panel.ended()).toMatch(/^stopped/);
  expect(isRunning('sleep', seconds)).toBe(false);
});

test('a pointer over Run has the runner started; without a press it is ended again', async ({
  stack,
  configurationPage,
}) => {
  const { url } = await stack.configuration({ code: 'import time\ntime.sleep(1)\nprint("hi")\n' });
  const panel = await configurationPage.ready(url, stack.facts);
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  const [sandbox] = await stack.sandboxes();
  const runners = () => runnersIn(sandbox);
  await configurationPage.page.mouse.move(0, 0);
  await expect.poll(runners).toEqual([]);

  await panel.button('Run in sandbox').hover();
  await expect.poll(runners).toHaveLength(1);
  const [waiting] = runners();
  await panel.run();
  await expect(panel.button('Stop')).toBeVisible();
  expect(runners()).toEqual([waiting]);
  expect(await panel.ended()).toMatch(/^exit 0/);
  expect(await panel.lines('stdout')).toEqual(['hi']);

  await configurationPage.page.mouse.move(0, 0);
  await panel.button('Run in sandbox').hover();
  await expect.poll(runners).toHaveLength(1);
  await expect.poll(runners, { timeout: 30_000 }).toEqual([]);
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
});

test('a sandbox that vanishes under a runner that waits is replaced', async ({
  stack,
  configurationPage,
}) => {
  const { url } = await stack.configuration({ code: 'print("hi")\n' });
  const panel = await configurationPage.ready(url, stack.facts);
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  const [sandbox] = await stack.sandboxes();
  await configurationPage.page.mouse.move(0, 0);
  await panel.button('Run in sandbox').hover();
  await expect.poll(() => runnersIn(sandbox)).toHaveLength(1);
  await stack.killSandbox(sandbox.sandboxID);
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  await expect(panel.step('Sandbox')).toContainText('new');
});

test('a sandbox that vanishes in mid-run is told as such', async ({ stack, configurationPage }) => {
  const code = 'import time\nprint("started", flush=True)\ntime.sleep(600)\n';
  const { url } = await stack.configuration({ code });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.run();
  await expect(panel.log).toContainText('started');
  await stack.killAllSandboxes();
  await panel.ended();
  await expect(panel.problem).toContainText('The sandbox is gone.');
});

test('a Storage that cannot be reached is told as such, and the next run works', async ({
  stack,
  configurationPage,
}) => {
  const { url } = await stack.configuration({ code: 'print("fine")', tables: AIRPORTS });
  const panel = await configurationPage.ready(url, stack.facts);
  await stack.fault({ host: 'connection.*', path: '/v2/storage/*', kind: 'reset', times: 100 });
  await panel.runToEnd();
  await expect(panel.problem).toContainText('Keboola Storage could not be reached.');
  await stack.clearFaults();
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
});

test('without a network nobody waits for a sandbox that does not answer', async ({
  stack,
  configurationPage,
}) => {
  const { url } = await stack.configuration({ code: 'print("fine")' });
  const panel = await configurationPage.ready(url, stack.facts);
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  await stack.fault({ host: 'connection.*', path: '/v2/storage/*', kind: 'reset', times: 100 });
  await stack.e2bFault({ target: 'envd', action: 'stall', count: 100 });
  await panel.run();
  await expect(panel.problem).toContainText('Keboola Storage could not be reached.');
  await stack.clearFaults();
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  expect(await stack.sandboxes()).toHaveLength(1);
});

test('an e2b that cannot be reached is told as such, and the next run works', async ({
  stack,
  configurationPage,
}) => {
  const { url } = await stack.configuration({ code: 'print("fine")' });
  const panel = await configurationPage.ready(url, stack.facts);
  await stack.fault({ host: 'api.e2b.app', kind: 'reset', times: 100 });
  await panel.runToEnd();
  await expect(panel.problem).toContainText('e2b could not be reached.');
  await stack.clearFaults();
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  expect(await stack.sandboxes()).toHaveLength(1);
});

test('a panel that is closed in mid-run shows the whole log when it is opened again', async ({
  stack,
  configurationPage,
  page,
}) => {
  const code = [
    'import time',
    'for number in range(12):',
    '    print("line", number, flush=True)',
    '    time.sleep(0.25)',
  ].join('\n');
  const { url } = await stack.configuration({ code });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.run();
  await expect(panel.log).toContainText('line 1');
  await panel.close();
  await page.waitForTimeout(1000);
  const again = await configurationPage.openPanel();
  expect(await again.ended()).toMatch(/^exit 0/);
  const expected = Array.from({ length: 12 }, (_, number) => `line ${number}`);
  expect(await again.lines('stdout')).toEqual(expected);
});
