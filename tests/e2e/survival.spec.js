// A run and its output survive what happens to the engine and to the line.
import { endEngine, wholeLog } from '../harness/engine.mjs';
import { isRunning, runnersIn } from '../harness/processes.mjs';
import { expect, test } from './fixtures.js';

const LINES = 60;
const code = [
  'import time',
  `for number in range(${LINES}):`,
  '    print(f"line {number:04} " + "ž" * (number * 997 % 40_000), flush=True)',
  '    time.sleep(0.05)',
].join('\n');

const numbers = (lines) =>
  lines.map((line) => /line (\d{4}) /.exec(line)?.[1]).filter((number) => number !== undefined);
const wanted = Array.from({ length: LINES }, (_, number) => String(number).padStart(4, '0'));

test('an engine that ends in mid-run is replaced, and the output is whole', async ({
  stack,
  context,
  configurationPage,
}) => {
  const { url } = await stack.configuration({ code });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.run();
  await expect(panel.log).toContainText('line 0010');
  await endEngine(context);
  expect(await panel.ended()).toMatch(/^exit 0/);
  const lines = await wholeLog(panel);
  expect(numbers(lines)).toEqual(wanted);
  const longest = lines.find((line) => line.includes('line 0040 '));
  expect(longest.match(/ž/g)).toHaveLength((40 * 997) % 40_000);
  expect(await stack.sandboxes()).toHaveLength(1);
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  expect(await stack.sandboxes(), 'the sandbox is used again').toHaveLength(1);
});

test('a run that ended while there was no engine is shown whole', async ({
  stack,
  context,
  page,
  configurationPage,
}) => {
  const { url } = await stack.configuration({ code });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.run();
  await expect(panel.log).toContainText('line 0005');
  await panel.close();
  await endEngine(context);
  await page.waitForTimeout(6_000);
  const again = await configurationPage.openPanel();
  await again.show('Run');
  expect(await again.ended()).toMatch(/^exit 0/);
  expect(numbers(await wholeLog(again))).toEqual(wanted);
});

const ONCE = {
  code: 'import csv\nprint(len(list(csv.reader(open("/data/in/tables/airports.csv")))), "rows")\n',
  tables: [['in.c-main.airports', 'airports.csv']],
};
const startedOver = 'the run was started over';

test('a run that still waited for an input is started over where it was', async ({
  stack,
  context,
  configurationPage,
}) => {
  const { url } = await stack.configuration(ONCE);
  const panel = await configurationPage.ready(url, stack.facts);
  const held = { kind: 'stall', stall_ms: 600_000, times: 1 };
  await stack.fault({ host: 'connection.*', path: '/v2/storage/jobs/*', ...held });
  await panel.run();
  await expect(panel.step('Packages')).toHaveClass('done', { timeout: 20_000 });
  await expect(panel.step('Inputs')).not.toHaveClass('done');
  await endEngine(context);
  expect(await panel.ended()).toMatch(/^exit 0/);
  expect(await panel.lines('stdout')).toEqual(['13 rows']);
  await expect(panel.log).toContainText(startedOver);
  await expect(panel.step('Sandbox')).toContainText('reused');
  expect(await stack.sandboxes()).toHaveLength(1);
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  await expect(panel.log, 'the next run is an ordinary one').not.toContainText(startedOver);
});

test('a run whose sandbox was still being made gets this one', async ({
  stack,
  context,
  configurationPage,
}) => {
  const { url } = await stack.configuration(ONCE);
  const panel = await configurationPage.ready(url, stack.facts);
  const creation = { target: 'api', path: '/sandboxes', method: 'POST' };
  await stack.e2bFault({ ...creation, action: 'stall', seconds: 6, count: 1 });
  await panel.run();
  await expect(panel.step('Configuration')).toHaveClass('done');
  // Noted down a moment after the press.
  await panel.frame.page().waitForTimeout(1_000);
  await endEngine(context);
  expect(await panel.ended()).toMatch(/^exit 0/);
  expect(await panel.lines('stdout')).toEqual(['13 rows']);
  await expect(panel.log).toContainText(startedOver);
  expect(await stack.sandboxes()).toHaveLength(1);
});

test('Stop ends a run that was joined again', async ({ stack, context, configurationPage }) => {
  const { url } = await stack.configuration({
    code: 'import time\nprint("begun", flush=True)\ntime.sleep(600)\n',
  });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.run();
  await expect(panel.log).toContainText('begun');
  await endEngine(context);
  await expect(panel.step('Configuration')).toContainText('joined again');
  await panel.button('Stop').click();
  expect(await panel.ended()).toMatch(/^stopped/);
});

test('a stream that is cut again and again is stitched', async ({ stack, configurationPage }) => {
  const { url } = await stack.configuration({ code });
  const panel = await configurationPage.ready(url, stack.facts);
  const cut = { target: 'envd', action: 'cut-stream-after-bytes', path: '/process.Process/' };
  for (const bytes of [900, 20_011, 70_003, 123_457]) {
    await stack.e2bFault({ ...cut, bytes, count: 1 });
  }
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  expect(numbers(await wholeLog(panel))).toEqual(wanted);
});

const ENDLESS = 'import time\nprint("begun", flush=True)\ntime.sleep(600)\n';
const AIRPORTS = [['in.c-main.airports', 'airports.csv']];

test('a run goes on when its sandbox got another token', async ({ stack, configurationPage }) => {
  const { url } = await stack.configuration({ code });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.run();
  await expect(panel.log).toContainText('line 0010');
  const [{ sandboxID }] = await stack.sandboxes();
  await stack.revokeToken(sandboxID);
  await stack.breakStreams();
  expect(await panel.ended()).toMatch(/^exit 0/);
  expect(numbers(await wholeLog(panel))).toEqual(wanted);
});

test('a run whose sandbox ended while there was no engine is told, and never run again', async ({
  stack,
  context,
  page,
  configurationPage,
}) => {
  const { url } = await stack.configuration({ code: ENDLESS, tables: AIRPORTS });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.run();
  await expect(panel.log).toContainText('begun');
  await panel.close();
  await endEngine(context);
  await stack.killAllSandboxes();
  const again = await configurationPage.openPanel();
  await again.show('Run');
  await again.ended();
  await expect(again.problem).toContainText('The sandbox is gone.');
  await page.waitForTimeout(3_000);
  expect(await stack.sandboxes(), 'no sandbox is made by itself').toEqual([]);
});

test('a runner whose start was not answered when the engine ended is found, not started again', async ({
  stack,
  context,
  configurationPage,
}) => {
  const code = [
    'import os, time',
    'open("/tmp/begun", "a").write("x")',
    'time.sleep(4)',
    'print("begun", os.path.getsize("/tmp/begun"), "times")',
  ].join('\n');
  const { url } = await stack.configuration({ code });
  const panel = await configurationPage.ready(url, stack.facts);
  const runner = { target: 'envd', path: '/process.Process/' };
  const cut = { ...runner, path: '/process.Process/Start', action: 'cut-stream-after-bytes' };
  await stack.e2bFault({ ...cut, bytes: 0, count: 1 });
  const held = { ...runner, path: '/process.Process/Connect', action: 'stall', seconds: 600 };
  await stack.e2bFault({ ...held, count: 9 });
  await panel.run();
  await expect.poll(async () => (await stack.e2bFaults())[0]?.action).toBe('stall');
  await expect
    .poll(async () => (await stack.sandboxes()).flatMap((sandbox) => runnersIn(sandbox)))
    .toHaveLength(1);
  await endEngine(context);
  await stack.clearFaults();
  expect(await panel.ended()).toMatch(/^exit 0/);
  expect(await panel.lines('stdout')).toEqual(['begun 1 times']);
  expect(await stack.sandboxes()).toHaveLength(1);
});

test('a run is not thrown away because Storage does not answer a new engine', async ({
  stack,
  context,
  configurationPage,
}) => {
  const { url } = await stack.configuration({ code });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.run();
  await expect(panel.log).toContainText('line 0003');
  await stack.fault({ host: 'connection.*', path: '/v2/storage/*', kind: 'reset', times: 999 });
  await endEngine(context);
  await expect(panel.step('Configuration')).toContainText('Trying again…');
  await expect(panel.log, 'nothing is shown that could not be masked').not.toContainText('line');
  await stack.clearFaults();
  expect(await panel.ended()).toMatch(/^exit 0/);
  expect(numbers(await wholeLog(panel))).toEqual(wanted);
});

/** The process of a script, by a number of its own. */
const sleeper = () => {
  const seconds = String(100_000 + Math.floor(Math.random() * 900_000));
  const lines = ['import subprocess', 'print("begun", flush=True)'];
  return { seconds, code: [...lines, `subprocess.run(["sleep", "${seconds}"])`].join('\n') };
};

test('Stop ends a run that a new engine could not join yet', async ({
  stack,
  context,
  configurationPage,
}) => {
  const { seconds, code: sleeps } = sleeper();
  const { url } = await stack.configuration({ code: sleeps });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.run();
  await expect(panel.log).toContainText('begun');
  await expect.poll(() => isRunning('sleep', seconds)).toBe(true);
  await stack.fault({ host: 'connection.*', path: '/v2/storage/*', kind: 'reset', times: 999 });
  await endEngine(context);
  await expect(panel.step('Configuration')).toContainText('Trying again…');
  await panel.button('Stop').click();
  expect(await panel.ended()).toMatch(/^stopped/);
  await expect.poll(() => isRunning('sleep', seconds)).toBe(false);
  expect(await stack.sandboxes(), 'the sandbox is kept').toHaveLength(1);
});

test('Stop while the runner is being started leaves no script behind', async ({
  stack,
  configurationPage,
}) => {
  const { seconds, code: sleeps } = sleeper();
  const { url } = await stack.configuration({ code: sleeps });
  const panel = await configurationPage.ready(url, stack.facts);
  const start = { target: 'envd', path: '/process.Process/Start', action: 'stall', seconds: 3 };
  await stack.e2bFault({ ...start, count: 1 });
  await panel.run();
  await expect.poll(() => stack.e2bFaults(), { timeout: 20_000 }).toEqual([]);
  await panel.button('Stop').click();
  expect(await panel.ended()).toMatch(/^stopped/);
  const [sandbox] = await stack.sandboxes();
  await expect.poll(() => runnersIn(sandbox)).toEqual([]);
  await panel.frame.page().waitForTimeout(2_000);
  expect(isRunning('sleep', seconds)).toBe(false);
});

test('Stop that reaches nobody says so, and the sandbox is ended as soon as e2b answers', async ({
  stack,
  configurationPage,
}) => {
  test.setTimeout(120_000);
  const { seconds, code: sleeps } = sleeper();
  const { url } = await stack.configuration({ code: sleeps });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.run();
  await expect(panel.log).toContainText('begun');
  await expect.poll(() => isRunning('sleep', seconds)).toBe(true);
  await stack.e2bFault({ target: 'envd', action: 'reset', count: 9_999 });
  await stack.e2bFault({ target: 'api', action: 'reset', count: 9_999 });
  await panel.button('Stop').click();
  expect(await panel.ended()).toMatch(/^given up/);
  await expect(panel.problem).toContainText('The script could not be reached to stop it.');
  expect(isRunning('sleep', seconds), 'it goes on').toBe(true);
  await stack.clearFaults();
  await expect.poll(() => stack.sandboxes(), { timeout: 30_000 }).toEqual([]);
  expect(isRunning('sleep', seconds)).toBe(false);
});

const minutesLeft = async (stack) => {
  const [sandbox] = await stack.sandboxes();
  return sandbox ? (Date.parse(sandbox.endAt) - Date.now()) / 60_000 : 0;
};

test('a sandbox lives as long as a run may, and not longer than was wanted afterwards', async ({
  stack,
  configurationPage,
}) => {
  const { url } = await stack.configuration({ code: 'import time\ntime.sleep(6)\n' });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.run();
  await expect.poll(() => minutesLeft(stack), { timeout: 20_000 }).toBeGreaterThan(55);
  expect(await panel.ended()).toMatch(/^exit 0/);
  await expect.poll(() => minutesLeft(stack)).toBeLessThan(5.1);
  expect(await minutesLeft(stack)).toBeGreaterThan(4.5);
  await expect(panel.frame.getByText(/^Sandbox 4:\d\d$/)).toBeVisible();
});

test('a life that somebody moves on during the run is left to them', async ({
  stack,
  configurationPage,
}) => {
  const { url } = await stack.configuration({ code: 'import time\ntime.sleep(6)\n' });
  const panel = await configurationPage.ready(url, stack.facts);
  await panel.run();
  await expect.poll(() => minutesLeft(stack), { timeout: 20_000 }).toBeGreaterThan(55);
  const [{ sandboxID }] = await stack.sandboxes();
  await stack.e2bTimeout(sandboxID, 2_400);
  await stack.forgetRequests();
  expect(await panel.ended()).toMatch(/^exit 0/);
  // The real end is shown, and it was read, not set.
  await expect(panel.frame.getByText(/^Sandbox (40:00|39:\d\d)$/)).toBeVisible();
  expect(await minutesLeft(stack)).toBeGreaterThan(39);
  const heads = await stack.requestHeads();
  expect(heads.filter((it) => it.path.endsWith('/timeout'))).toEqual([]);
});

test('a plan that allows no hour gives what it allows', async ({ stack, configurationPage }) => {
  const { url } = await stack.configuration({ code: 'import time\ntime.sleep(6)\n' });
  const panel = await configurationPage.ready(url, stack.facts);
  const message = 'Timeout cannot be greater than 1 hours';
  const refused = { target: 'api', path: '/timeout', action: 'status', status: 400, message };
  await stack.e2bFault({ ...refused, count: 1 });
  await panel.run();
  await expect.poll(() => minutesLeft(stack), { timeout: 20_000 }).toBeGreaterThan(25);
  expect(await minutesLeft(stack)).toBeLessThan(30.1);
  expect(await panel.ended()).toMatch(/^exit 0/);
  await expect.poll(() => minutesLeft(stack)).toBeLessThan(5.1);
});
