// What the tests of runs share: a browser with a dev stack, a script, and how its output is compared.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { startDevstack } from '../harness/devstack.mjs';
import { ConfigurationPage } from '../harness/page.mjs';
import { RunLog } from '../harness/run-log.mjs';
import { browse, until } from './uploads.mjs';

export const SLOW = [
  'import time',
  'for number in range(60):',
  '    print(f"line {number}", flush=True)',
  '    time.sleep(0.1)',
].join('\n');

/** What it writes. */
export const SLOW_LINES = Array.from({ length: 60 }, (_, number) => ({
  stream: 'stdout',
  text: `line ${number}`,
}));

/** Every stream of the sandbox; a short answer ends before it could be cut. */
export const STREAMS = { target: 'envd', path: '/process.Process/' };
/** What is read from the sandbox after a stream broke, and what is written into it before the script. */
export const FILES = { target: 'envd', path: '/files' };

/** That everything that was ordered happened. */
export async function met(stack) {
  assert.deepEqual(await stack.e2bFaults(), [], 'faults that never happened');
}

/** The lines of each stream by themselves: which of two streams comes first, nothing tells. */
const apart = (lines) =>
  ['stdout', 'stderr'].map((stream) =>
    lines.filter((line) => line.stream === stream).map(({ text }) => text),
  );

/** The end of a run and its last lines come by two ways. */
export async function told(log, wanted) {
  const same = async () => isDeepStrictEqual(apart(await log.lines()), apart(wanted));
  await until('the last lines', same, { timeout: 3_000 }).catch(() => {});
  assert.deepEqual(apart(await log.lines()), apart(wanted));
}

/** The stage of the suite that calls it: `here` has its stack, profile and browser. */
export function stage() {
  const here = {};
  before(async () => {
    here.folder = mkdtempSync(`${tmpdir()}/kbc-e2b-faults-runs-`);
    here.profile = `${here.folder}/profile`;
    here.stack = await startDevstack();
    here.context = await browse(here);
  });
  after(async () => {
    await here.context?.close();
    await here.stack?.stop();
    rmSync(here.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  });

  /** A tab with the panel of a configuration of its own. */
  async function open(configuration) {
    const page = await here.context.newPage();
    page.setDefaultTimeout(60_000);
    const { url } = await here.stack.configuration(configuration);
    const panel = await new ConfigurationPage(page).ready(url, here.stack.facts);
    return { page, panel, log: await RunLog.of(panel) };
  }

  async function endAll() {
    await here.stack.clearFaults();
    await here.stack.killAllSandboxes();
  }

  return { here, open, endAll };
}
