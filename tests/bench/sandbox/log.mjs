// A million lines of a log in the panel.
import { ConfigurationPage } from '../../harness/page.mjs';
import { browserOf } from '../../harness/processes.mjs';
import { inBrowser } from '../browser.mjs';
import { amount, withLeast } from '../statistics.mjs';
import { watchMemory } from '../upload/memory.mjs';

const MIB = 1 << 20;
const LINES = 1_000_000;

/** A million lines: how fast they come, how long the panel holds the page up, what they take. */
export const measureLog = () => inBrowser(measured);

async function measured({ stack, context, profile }) {
  const code = [
    'import sys',
    `for number in range(${LINES}):`,
    '    sys.stdout.write(f"line {number}\\n")',
  ].join('\n');
  const page = await context.newPage();
  const { url } = await stack.configuration({ code });
  const panel = await new ConfigurationPage(page).ready(url, stack.facts);
  await panel.frame.evaluate(() => {
    globalThis.frames_ = [];
    globalThis.lines_ = { first: 0, last: 0, count: 0 };
    let before = performance.now();
    const tick = (now) => {
      globalThis.frames_.push(now - before);
      before = now;
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
    chrome.runtime.connect({ name: 'engine-events' }).onMessage.addListener((text) => {
      if (!text.startsWith('{"log"')) return;
      // Counted, not parsed: that would take as long as what is measured.
      const lines = text.split('"stream":"stdout"').length - 1;
      if (lines === 0) return;
      const seen = globalThis.lines_;
      seen.first ||= performance.now();
      seen.last = performance.now();
      seen.count += lines - (text.split('"continues":true').length - 1);
    });
  });
  const memory = watchMemory(browserOf(profile));
  await panel.run();
  await panel.button('Stop').waitFor();
  await panel.frame.evaluate(() => {
    globalThis.frames_.length = 0;
  });
  const result = await panel.ended({ timeout: 300_000 });
  if (!result.startsWith('exit 0')) throw new Error(`the run ended so: ${result}`);
  await page.waitForTimeout(1_000);
  const grown = memory.stop();
  const { lines, frames } = await panel.frame.evaluate(() => ({
    lines: globalThis.lines_,
    frames: globalThis.frames_,
  }));
  if (lines.count !== LINES) throw new Error(`${lines.count} lines came, not ${LINES}`);
  const seconds = (lines.last - lines.first) / 1000;
  const sorted = frames.toSorted((one, other) => other - one);
  return {
    title: `${LINES.toLocaleString('en')} lines of a log`,
    rows: [
      withLeast(amount('lines', 'lines/s', [LINES / seconds]), 50_000),
      amount('longest frame of the panel', 'ms', [sorted[0]], 50),
      amount('frames over 50 ms', '', [frames.filter((ms) => ms > 50).length]),
      amount('frames in all', '', [frames.length]),
      amount('growth of the browser', 'MiB', [grown / MIB]),
    ],
  };
}
