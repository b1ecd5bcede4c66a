// A run and its output survive what happens to the engine and to the line.
import { endEngine, wholeLog } from '../harness/engine.mjs';
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
