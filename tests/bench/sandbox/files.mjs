// Files into a sandbox by the panel and by the npm package `e2b` in the same Chromium, at hand and by a line.
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { extensionId, ROOT } from '../../harness/extension.mjs';
import { ConfigurationPage } from '../../harness/page.mjs';
import { inBrowser, settle } from '../browser.mjs';
import { bundled } from '../bundle.mjs';
import { byLine } from '../line.mjs';
import { duration, ratio, withLeast } from '../statistics.mjs';

const MIB = 1 << 20;
const FOLDER = `${ROOT}target/bench/sandbox-files`;
const ROUNDS = 3;
const LARGE_BYTES = 256 * MIB;
const SMALL = { files: 1000, bytes: 10_000 };

/** What a line to a cloud is like from an office. */
const LINE = { delay_ms: 25, bits_per_s: 100_000_000 };
const BY_LINE = { bytes: 64 * MIB, files: 300 };

export async function measureFiles() {
  mkdirSync(FOLDER, { recursive: true });
  try {
    const here = await inBrowser((browser) => groups(browser, LARGE_BYTES, SMALL.files, ''));
    const line = ` by a line of ${2 * LINE.delay_ms} ms and ${LINE.bits_per_s / 1e6} Mbit/s`;
    const there = await byLine(LINE, (through) =>
      inBrowser((browser) => groups(browser, BY_LINE.bytes, BY_LINE.files, line), through),
    );
    return [...here, ...there];
  } finally {
    rmSync(FOLDER, { recursive: true, force: true });
  }
}

async function groups(browser, bytes, count, how) {
  const ours = await Ours.open(browser);
  const sdk = await Sdk.open(browser);
  const gzip = { id: sdk.id, write: sdk.writeGzip };
  const each = { id: sdk.id, write: sdk.writeEach };
  const large = { ours, sdk, gzip };
  const table = await inTurns(large, sdk.run, [file('large.csv', rows(bytes))]);
  const noise = await inTurns(large, sdk.run, [file('large.bin', randomBytes(bytes))]);
  const many = Array.from({ length: count }, (_, at) =>
    file(`${String(at).padStart(4, '0')}.csv`, rows(SMALL.bytes)),
  );
  const small = await inTurns({ ours, sdk, each }, sdk.run, many);
  await sdk.close();
  const files = count.toLocaleString('en');
  return [
    group(`a CSV of ${bytes / MIB} MiB into a sandbox${how}`, table, 1.5),
    group(`${bytes / MIB} MiB that do not shrink into a sandbox${how}`, noise, 1.5),
    group(`${files} CSVs of 10 KB into a sandbox${how}`, small, 5),
  ];
}

const NAMES = ['Nováková', 'Smith', 'Müller', 'Garcia', 'Kowalska', 'Rossi', 'Dubois', 'Jensen'];
const STATES = ['shipped', 'paid', 'returned', 'open'];

/** The rows of a table of orders, as many as fit. */
function rows(bytes) {
  const lines = ['id,ordered_at,customer,email,amount,currency,state\n'];
  let length = lines[0].length;
  let id = randomInt(1e6);
  while (length < bytes) {
    const [name, state] = [NAMES, STATES].map((all) => all[randomInt(all.length)]);
    const at = new Date(1.7e12 + randomInt(1e11)).toISOString();
    const line = `${id++},${at},${name},${name}.${randomInt(1e5)}@example.com,${randomInt(1e6) / 100},EUR,${state}\n`;
    lines.push(line);
    length += line.length;
  }
  return Buffer.from(lines.join('')).subarray(0, bytes);
}

function group(title, samples, aim) {
  const ours = duration('panel, compared by SHA-256', samples.ours);
  const sdk = duration('npm e2b, one call, not compared', samples.sdk);
  const rows = [ours, sdk, withLeast(ratio('speed, ours / one call', sdk, ours), aim)];
  const others = [
    ['each', 'a call a file'],
    ['gzip', 'gzip: true'],
  ];
  for (const [name, how] of others.filter(([it]) => samples[it])) {
    const other = duration(`npm e2b, ${how}, not compared`, samples[name]);
    rows.push(other, withLeast(ratio(`speed, ours / ${how}`, other, ours), aim));
  }
  return { title, rows };
}

async function inTurns(parties, run, files) {
  const names = Object.keys(parties);
  const samples = Object.fromEntries(names.map((name) => [name, []]));
  const wanted = files.map(({ path, sha256 }) => `${sha256}  ${basename(path)}`).sort();
  for (let round = 0; round < ROUNDS; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length];
      const folder = `/data/bench-${files.length}-${round}-${name}`;
      await settle();
      const ms = await parties[name].write(folder, files);
      const list = `cd ${folder} && sha256sum -- * | sort`;
      const there = (await run(parties[name].id, list)).trim().split('\n').sort();
      if (there.join('\n') !== wanted.join('\n')) throw new Error(`${name}: other bytes arrived`);
      samples[name].push(ms);
      console.error(`e2b: ${files.length} files, ${name}: ${Math.round(ms)} ms`);
      await run(parties[name].id, `rm -rf ${folder}`);
    }
  }
  return samples;
}

function file(name, content) {
  const path = `${FOLDER}/${name}`;
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

  write = (folder, files) => this.#call('write', folder, files);

  writeGzip = (folder, files) => this.#call('writeGzip', folder, files);

  writeEach = (folder, files) => this.#call('writeEach', folder, files);

  async #call(name, folder, files) {
    await this.page.locator('#peer-files').setInputFiles(files.map(({ path }) => path));
    await this.page.waitForTimeout(1_000);
    return this.page.evaluate(
      ([how, to]) => globalThis.peer[how](to, [...document.querySelector('#peer-files').files]),
      [name, folder],
    );
  }

  run = (id, command) =>
    this.page.evaluate(([of, line]) => globalThis.peer.run(of, line), [id, command]);

  close = () => this.page.evaluate(() => globalThis.peer.close());
}
