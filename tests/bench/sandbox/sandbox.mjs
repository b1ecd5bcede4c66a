// Files into a sandbox by the panel and by the npm package `e2b` in the same Chromium, and a million
// lines of a log.
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { extensionId, ROOT } from '../../harness/extension.mjs';
import { ConfigurationPage } from '../../harness/page.mjs';
import { browserOf } from '../../harness/processes.mjs';
import { inBrowser, settle } from '../browser.mjs';
import { bundled } from '../bundle.mjs';
import { amount, duration, ratio, withLeast } from '../statistics.mjs';
import { watchMemory } from '../upload/memory.mjs';

const MIB = 1 << 20;
const FOLDER = `${ROOT}target/bench/sandbox-files`;
const ROUNDS = 3;
const LARGE_BYTES = 256 * MIB;
const SMALL = { files: 1000, bytes: 10_000 };
const LINES = 1_000_000;

export async function measureSandbox() {
  mkdirSync(FOLDER, { recursive: true });
  try {
    return await inBrowser(async (browser) => {
      const parties = { ours: await Ours.open(browser), sdk: await Sdk.open(browser) };
      const large = await inTurns(parties, [file('large.bin', LARGE_BYTES)]);
      const many = Array.from({ length: SMALL.files }, (_, at) =>
        file(`${String(at).padStart(4, '0')}.bin`, SMALL.bytes),
      );
      const small = await inTurns(parties, many);
      await parties.sdk.close();
      return [
        group('256 MiB into a sandbox', large, 1.5),
        group('1,000 files of 10 KB into a sandbox', small, 5),
        await measureLog(browser),
      ];
    });
  } finally {
    rmSync(FOLDER, { recursive: true, force: true });
  }
}

function group(title, samples, aim) {
  const ours = duration('panel, compared by SHA-256', samples.ours);
  const sdk = duration('npm e2b, not compared', samples.sdk);
  const times = ratio('speed, ours / npm e2b', sdk, ours);
  return { title, rows: [ours, sdk, withLeast(times, aim)] };
}

async function inTurns(parties, files) {
  const names = Object.keys(parties);
  const samples = Object.fromEntries(names.map((name) => [name, []]));
  const wanted = files.map(({ path, sha256 }) => `${sha256}  ${basename(path)}`).sort();
  for (let round = 0; round < ROUNDS; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length];
      const folder = `/data/bench-${files.length}-${round}`;
      await settle();
      const ms = await parties[name].write(folder, files);
      const list = `cd ${folder} && sha256sum -- * | sort`;
      const there = (await parties.sdk.run(parties[name].id, list)).trim().split('\n').sort();
      if (there.join('\n') !== wanted.join('\n')) throw new Error(`${name}: other bytes arrived`);
      samples[name].push(ms);
      console.error(`e2b: ${files.length} files, ${name}: ${Math.round(ms)} ms`);
      await parties.sdk.run(parties[name].id, `rm -rf ${folder}`);
    }
  }
  return samples;
}

function file(name, bytes) {
  const path = `${FOLDER}/${name}`;
  const content = randomBytes(bytes);
  writeFileSync(path, content);
  return { path, sha256: createHash('sha256').update(content).digest('hex') };
}

/** The panel: files are chosen and Upload is pressed. */
class Ours {
  static async open({ stack, page }) {
    const { url } = await stack.configuration({ code: 'print(1)' });
    const panel = await new ConfigurationPage(page).ready(url, stack.facts);
    await panel.show('Sandbox');
    await panel.button('Start a sandbox').click();
    await panel.button('Terminal').waitFor();
    const [{ sandboxID }] = await stack.sandboxes();
    await panel.show('Files');
    await panel.frame.getByLabel('Keboola Storage', { exact: true }).uncheck();
    await panel.frame.evaluate(() => {
      globalThis.there = new Map();
      const take = ({ upload, phase }) => {
        if (phase !== 'stored' && !phase.failed) return;
        const at = performance.timeOrigin + performance.now();
        globalThis.there.set(upload, { at, failed: phase.failed });
      };
      chrome.runtime.connect({ name: 'engine-events' }).onMessage.addListener((text) => {
        JSON.parse(text).uploads?.forEach(take);
      });
    });
    return Object.assign(new Ours(), { panel, id: sandboxID });
  }

  async write(folder, files) {
    const { frame } = this.panel;
    await frame.evaluate(() => globalThis.there.clear());
    await this.panel.browse(files.map(({ path }) => path));
    await frame.getByLabel('Folder in the sandbox').fill(folder);
    const button = this.panel.button('Upload');
    await button.waitFor();
    await frame.page().waitForTimeout(1_000);
    await button.click();
    await frame.waitForFunction((count) => globalThis.there.size >= count, files.length, {
      timeout: 0,
      polling: 200,
    });
    const { pressed, ends } = await frame.evaluate(() => ({
      pressed: globalThis.kbcPressed,
      ends: [...globalThis.there.entries()],
    }));
    const failed = ends.find(([, end]) => end.failed);
    if (failed) throw new Error(`an upload of ours failed: ${JSON.stringify(failed)}`);
    await frame.evaluate(async () => {
      for (const upload of globalThis.there.keys()) {
        const body = JSON.stringify({ upload });
        await chrome.runtime.sendMessage({ to: 'engine', name: 'RemoveUpload', body });
      }
    });
    return Math.max(...ends.map(([, { at }]) => at)) - pressed;
  }
}

/** The npm package on an extension's page. */
class Sdk {
  static async open({ stack, context }) {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Page.setBypassCSP', { enabled: true });
    await page.goto(`chrome-extension://${extensionId()}/popup.html`);
    await page.evaluate(await bundled(new URL('peer.js', import.meta.url)));
    await page.evaluate(() => {
      const input = document.createElement('input');
      Object.assign(input, { type: 'file', multiple: true, id: 'peer-files' });
      document.body.append(input);
    });
    const id = await page.evaluate((key) => globalThis.peer.open(key), stack.facts.e2b.api_key);
    return Object.assign(new Sdk(), { page, id });
  }

  async write(folder, files) {
    await this.page.locator('#peer-files').setInputFiles(files.map(({ path }) => path));
    await this.page.waitForTimeout(1_000);
    return this.page.evaluate(
      (to) => globalThis.peer.write(to, [...document.querySelector('#peer-files').files]),
      folder,
    );
  }

  run = (id, command) =>
    this.page.evaluate(([of, line]) => globalThis.peer.run(of, line), [id, command]);

  close = () => this.page.evaluate(() => globalThis.peer.close());
}

/** A million lines: how fast they come, how long the panel holds the page up, what they take. */
async function measureLog({ stack, context, profile }) {
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
