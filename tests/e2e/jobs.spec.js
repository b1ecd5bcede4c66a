// Real jobs: started once, followed to their end, stopped, and found again.
import { expect, test } from './fixtures.js';
import { ConfigurationPage } from '../harness/page.mjs';

const SAYS = `import sys, time
for number in range(5):
    print('line', number, flush=True)
    time.sleep(0.3)
print('to stderr', file=sys.stderr)
open('/data/out/tables/result.csv', 'w').write('a,b\\n1,2\\n')
`;
const SLEEPS = `import time
print('begun', flush=True)
time.sleep(600)
`;

/** A configuration with a panel on its Jobs tab. */
async function open({ stack, configurationPage, ...more }) {
  const own = await stack.configuration({ code: SAYS, ...more });
  const panel = await configurationPage.ready(own.url, stack.facts);
  await panel.show('Jobs');
  await expect(panel.frame.getByText('This configuration has no job yet.')).toBeVisible();
  await stack.forgetRequests();
  return { ...own, panel, ...parts(panel) };
}

function parts(panel) {
  const job = panel.frame.getByRole('region', { name: 'The job that is followed' });
  return {
    job,
    events: job.getByRole('log', { name: 'Events' }),
    newest: panel.frame.getByRole('list', { name: 'Newest jobs' }).getByRole('listitem'),
    outcome: job.getByLabel('What became of it'),
  };
}

/** Presses Start job; the id of the job that is followed then. */
async function start({ panel, job }) {
  await panel.button('Start job').click();
  await expect(job).toBeVisible();
  return (await job.getByRole('heading').innerText()).replace('Job ', '');
}

const starts = async (stack) =>
  (await stack.requestHeads()).filter(
    ({ host, method, path }) =>
      host.startsWith('queue.') && method === 'POST' && path.endsWith('/jobs'),
  ).length;

test('a job is followed from its start to its result', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const { panel, id, ...shown } = await open({ stack, configurationPage });
  await picture('jobs-empty');
  const number = await start({ panel, ...shown });
  // What the script says is here while it runs.
  await expect(shown.events).toContainText('line 0', { timeout: 30_000 });
  await expect(shown.job).toContainText('Running');
  await picture('jobs-running');
  await expect(shown.job).toContainText('Success', { timeout: 30_000 });
  await expect(shown.events).toContainText('line 4');
  await expect(shown.events).toContainText('Error: to stderr');
  await expect(shown.outcome).toHaveText(/finished/);
  await expect(shown.job).toContainText('Wrote: ');
  await expect(shown.newest).toHaveCount(1);
  await expect(shown.newest).toContainText(`Success ${number}`);
  await picture('jobs-done');
  const link = shown.job.getByRole('link', { name: 'In Keboola' });
  await expect(link).toHaveAttribute(
    'href',
    `https://${stack.facts.keboola.stack}/admin/projects/${stack.facts.keboola.project}/queue/${number}`,
  );
  expect(await starts(stack)).toBe(1);
  const [{ configuration, mode }] = await stack.jobs(id);
  expect({ configuration, mode }).toEqual({ configuration: id, mode: 'run' });
});

test('a double click, and a second panel, start one job', async ({
  stack,
  configurationPage,
  context,
  picture,
}) => {
  const { panel, id, url, ...shown } = await open({ stack, configurationPage, code: SLEEPS });
  await panel.button('Start job').dblclick();
  await expect(shown.events).toContainText('begun', { timeout: 30_000 });
  const page = await context.newPage();
  const tab = await new ConfigurationPage(page).open(url);
  const other = await tab.openPanel();
  await other.show('Jobs');
  const there = parts(other);
  await expect(there.events, 'found again by itself').toContainText('begun', { timeout: 30_000 });
  await other.button('Start job').click();
  const busy = other.frame.getByText('A job of this configuration goes on already');
  await expect(busy).toBeVisible();
  await picture('jobs-busy', page);
  expect(await starts(stack)).toBe(1);
  // Another one is started by choice only, and waits for its turn.
  await other.button('Start another one').click();
  await expect(there.newest).toHaveCount(2);
  expect(await starts(stack)).toBe(2);
  await expect(there.job).toContainText('Waiting', { timeout: 30_000 });
  expect((await stack.jobs(id)).length).toBe(2);
  for (const { id: job } of await stack.jobs(id)) await stack.killJob(job);
});

test('a start whose answer is lost is found and not repeated', async ({
  stack,
  configurationPage,
}) => {
  const { panel, id, ...shown } = await open({ stack, configurationPage });
  await stack.fault({ host: 'queue.*', path: '/jobs', method: 'POST', kind: 'lost_answer' });
  await start({ panel, ...shown });
  await expect(shown.job).toContainText('Success', { timeout: 30_000 });
  expect((await stack.jobs(id)).length).toBe(1);
  expect(await starts(stack)).toBe(1);
});

test('a start that cannot be looked up is looked for by the next one', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const { panel, id, ...shown } = await open({ stack, configurationPage });
  await stack.fault({ host: 'queue.*', path: '/jobs', method: 'POST', kind: 'lost_answer' });
  // The list works for the look before the start, and fails after it.
  await stack.fault({
    host: 'queue.*',
    path: '/search/jobs',
    method: 'GET',
    kind: 'too_many_requests',
    retry_after_s: 60,
    after: 1,
    times: 4,
  });
  await panel.button('Start job').click();
  await expect(panel.problem).toContainText('It is not known whether the job was started.', {
    timeout: 60_000,
  });
  await picture('jobs-unknown');
  await stack.clearFaults();
  await expect.poll(async () => (await stack.jobs(id))[0].status).toBe('success');
  await panel.button('Start job').click();
  await expect(shown.job).toContainText('started by your earlier press');
  await expect(shown.job).toContainText('Success');
  expect((await stack.jobs(id)).length).toBe(1);
  expect(await starts(stack)).toBe(1);
});

test('a job that runs is stopped, one that waits is cancelled', async ({
  stack,
  configurationPage,
}) => {
  const { panel, ...shown } = await open({ stack, configurationPage, code: SLEEPS });
  await start({ panel, ...shown });
  await expect(shown.events).toContainText('begun', { timeout: 30_000 });
  await panel.button('Stop job').click();
  await panel.button('Stop it now').click();
  await expect(shown.job).toContainText('Stopped', { timeout: 30_000 });
  await expect(panel.button('Stop job')).toBeHidden();
  await stack.jobStarts({ delayMs: 600_000 });
  await panel.button('Start job').click();
  await expect(shown.job).toContainText('Created');
  await panel.button('Stop job').click();
  await panel.button('Stop it now').click();
  await expect(shown.job).toContainText('Cancelled', { timeout: 30_000 });
  await stack.jobStarts();
});

test('a job that does not begin is told as such', async ({ stack, configurationPage, picture }) => {
  const { panel, ...shown } = await open({ stack, configurationPage });
  await stack.jobStarts({ delayMs: 600_000, ageS: 59 });
  await start({ panel, ...shown });
  await expect(shown.job).toContainText('Created');
  await expect(shown.job).toContainText('It has waited for 1 min');
  await picture('jobs-waiting');
  await panel.button('Stop job').click();
  await panel.button('Stop it now').click();
  await expect(shown.job).toContainText('Cancelled');
  await expect(shown.job).not.toContainText('It has waited for');
  await stack.jobStarts();
});

test('an outage of the queue in mid-follow is told, and nothing is missed', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const { panel, ...shown } = await open({ stack, configurationPage });
  await start({ panel, ...shown });
  await expect(shown.events).toContainText('line 0', { timeout: 30_000 });
  await stack.fault({ host: 'queue.*', path: '/jobs/*', kind: 'server_error', times: 6 });
  await expect(shown.job.getByRole('alert')).toContainText('Keboola had a fault.');
  await expect(shown.job.getByRole('alert')).toContainText('tried again by itself');
  await picture('jobs-outage');
  await expect(shown.job).toContainText('Success', { timeout: 60_000 });
  await expect(shown.job.getByRole('alert')).toBeHidden();
  for (const number of [0, 1, 2, 3, 4]) {
    await expect(shown.events).toContainText(`line ${number}`);
  }
});

test('a secret that stands in clear fails the job, and is shown nowhere', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const secret = 'in-clear-2718281828';
  const { panel, ...shown } = await open({
    stack,
    configurationPage,
    user_properties: { '#password': secret },
  });
  await start({ panel, ...shown });
  await expect(shown.job).toContainText('Error', { timeout: 30_000 });
  await expect(shown.outcome).toContainText('User error: Invalid cipher text for key #password');
  await expect(shown.outcome).toContainText('Value "***" is not an encrypted value');
  await picture('jobs-secret');
  expect(await panel.frame.locator('body').innerText()).not.toContain(secret);
});

test('a debug job writes nothing but its two archives', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const { panel, id, ...shown } = await open({ stack, configurationPage });
  await panel.frame.getByLabel('Mode').selectOption('debug');
  await expect(panel.frame.getByText('Outputs and state are not written')).toBeVisible();
  const number = await start({ panel, ...shown });
  await expect(shown.job).toContainText('Success', { timeout: 30_000 });
  await expect(shown.job).toContainText('debug');
  await expect(shown.job).not.toContainText('Wrote: ');
  await picture('jobs-debug');
  const files = (await stack.files()).filter(({ tags }) => tags.includes(`jobId:${number}`));
  expect(files.map(({ name }) => name).sort()).toEqual(['stage_0.zip', 'stage_output.zip']);
  const [{ mode }] = await stack.jobs(id);
  expect(mode).toBe('debug');
});

test('a token that may only read starts nothing, and says so', async ({
  stack,
  configurationPage,
}) => {
  const rights = { readOnly: true, componentAccess: ['kds-team.app-custom-python'] };
  const { token } = await stack.token({ rights });
  const { id, url } = await stack.configuration({ code: SAYS });
  const keboola = { ...stack.facts.keboola, token };
  const panel = await configurationPage.ready(url, { ...stack.facts, keboola });
  await panel.show('Jobs');
  await panel.button('Start job').click();
  await expect(panel.problem).toContainText('The token has no right to do this.');
  expect(await stack.jobs(id)).toEqual([]);
});

test('a debug job is replayed in a sandbox: its version, on the inputs that it had', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const code = `import json, os
print(open('/data/in/tables/notes.csv').read().strip())
print(sorted(os.listdir('/data/in/files')), json.load(open('/data/in/state.json')))
open('/data/out/tables/copy.csv', 'w').write('a\\n1\\n')
`;
  const table = { id: 'in.c-main.replayed', csv_text: 'note\nbefore\n', primary_key: ['note'] };
  const { panel, id, ...shown } = await open({
    stack,
    configurationPage,
    code,
    tables: [[table.id, 'notes.csv']],
    more: { tables: [table] },
  });
  await panel.frame.getByLabel('Mode').selectOption('debug');
  const job = await start({ panel, ...shown });
  await expect(shown.job).toContainText('Success', { timeout: 30_000 });
  // Both go on meanwhile: the table, and the configuration.
  await stack.seed({ tables: [{ ...table, csv_text: 'note\nafter\n' }] });
  await stack.writeConfiguration(id, { set: { 'parameters.code': 'print("another version")' } });
  const version = (await stack.versions(id))[0].version;
  await panel.button('Replay in sandbox').click();
  await panel.button('Stop').or(panel.problem).first().waitFor();
  expect(await panel.ended()).toMatch(/^exit 0/);
  expect(await panel.lines('stdout')).toEqual(['"note"', '"before"', '[] {}']);
  expect(await panel.lines('note')).toEqual([
    `Running version ${version - 1} on the inputs of debug job ${job}.`,
  ]);
  await expect(panel.steps).toContainText('1 table, ');
  await picture('run-replay');
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
  expect(await panel.lines('stdout'), 'Run runs what is saved').toEqual(['another version']);
});
