// A dev stack and a browser of the benchmark's own, with the marks of the harness in every document.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { openChromium } from '../harness/chromium.mjs';
import { startDevstack } from '../harness/devstack.mjs';
import { readMarks, takeMarks } from '../harness/marks.mjs';

/** How long a mark may be waited for. */
const PATIENCE_MS = 30_000;

/** Pause before each sample, so that none pays for the end of the one before. */
export const settle = () => sleep(700);

/**
 * Gives `{stack, context, page, profile}` to `work` and ends them, whatever happens. `through` may
 * lead the browser another way to the dev stack: it gets the stack and answers resolver rules.
 */
export async function inBrowser(work, through = ({ resolverRules }) => resolverRules) {
  const profile = mkdtempSync(`${tmpdir()}/kbc-e2b-bench-`);
  const stack = await startDevstack();
  try {
    const context = await openChromium({ profile, resolverRules: await through(stack) });
    try {
      await context.addInitScript(takeMarks);
      await context.addInitScript(takePress);
      return await work({ stack, context, profile, page: await context.newPage() });
    } finally {
      await context.close();
    }
  } finally {
    await stack.stop();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** Runs in every document: when the browser got the last click, which may wait for its handlers. */
function takePress() {
  const press = (event) => (globalThis.kbcPressed = performance.timeOrigin + event.timeStamp);
  addEventListener('click', press, true);
}

/**
 * The marks of a document once it has all that are named, and `pressed`, the time of its last
 * click; in ms since 1970. Asks seldom: asking costs time there.
 */
export async function marksWith(frame, ...names) {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const marks = await Promise.race([read(frame), sleep(PATIENCE_MS, {}, { ref: false })]);
    const missing = names.filter((name) => !marks[name]);
    if (missing.length === 0) return marks;
    if (Date.now() > until) throw new Error(`${frame.url()} never came to: ${missing}`);
    await sleep(100);
  }
}

async function read(frame) {
  const pressed = await frame.evaluate(() => globalThis.kbcPressed);
  return { ...(await readMarks(frame)), pressed };
}
