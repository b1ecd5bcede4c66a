// Chromium is killed in mid-upload and started again on its profile: what was begun goes on with the
// same file, or is cancelled.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect } from '../harness/expect.mjs';
import { killBrowser } from '../harness/processes.mjs';
import { middle, NINTH, parts } from './clouds.mjs';
import { browse, requestsOf, until, Uploads } from './uploads.mjs';

/** The browsers of one profile, one after the other. */
export class Mortal {
  constructor(stack, cloud) {
    this.profile = mkdtempSync(`${tmpdir()}/kbc-e2b-faults-killed-`);
    Object.assign(this, { stack, cloud });
  }

  async #start(url) {
    this.context = await browse(this);
    this.uploads = await Uploads.open({ ...this, url });
  }

  /** Sends the files, kills the browser while a request of each is held, and starts it again. */
  async killAndStart(files) {
    const { stack, cloud } = this;
    await this.#start();
    // The large ones first: they are read for longer before they are sent.
    const sorted = files.toSorted((one, other) => other.bytes - one.bytes);
    for (const file of sorted) {
      const held = middle(cloud, file);
      await stack.fault({ ...held, kind: 'stall', stall_ms: 3_600_000, times: 99 });
    }
    const bars = [];
    for (const file of sorted) {
      await this.uploads.send(file);
      await until(`${file.name} is held`, () => isHeld(stack, file), { timeout: 240_000 });
      bars.push(this.uploads.panel.file(file.name).getByRole('progressbar'));
    }
    await Promise.all(bars.map((bar) => expect(bar).toBeVisible()));
    // The journal is written beside the upload.
    await new Promise((resolve) => setTimeout(resolve, 500));
    await killBrowser(this.profile);
    await this.context.close().catch(() => {});
    this.before = new Map();
    for (const file of files) this.before.set(file, await requestsOf(stack, file));
    await stack.clearFaults();
    await this.#start(this.uploads.url);
    await this.uploads.panel.show('Files');
    for (const file of files) {
      const row = this.uploads.panel.file(file.name);
      await expect(row).toContainText('interrupted when the browser closed');
    }
    return this.uploads;
  }

  /** Chooses the same file again. */
  async resume(file) {
    const { page, panel } = this.uploads;
    const chooser = page.waitForEvent('filechooser');
    await panel.button(`Choose the file again: ${file.name}`).click();
    await (await chooser).setFiles(file.path);
  }

  async cancel(file) {
    const { panel } = this.uploads;
    await panel.button(`Cancel ${file.name}`).click();
    await expect(panel.file(file.name)).toBeHidden();
  }

  /** That parts which had arrived were not sent again. */
  async wentOn(file) {
    const count = parts(this.cloud, file);
    if (count === 1) return;
    const sent = (requests) =>
      requests.filter(({ method, body_bytes }) => method === 'PUT' && body_bytes > 1_000_000);
    const all = sent(await requestsOf(this.stack, file));
    const before = sent(this.before.get(file)).filter(({ status }) => status && status < 400);
    const after = all.slice(sent(this.before.get(file)).length);
    if (count >= NINTH) assert.ok(before.length >= NINTH - 1, `${before.length} parts had arrived`);
    assert.equal(after.length, count - before.length, 'parts sent after the restart');
  }

  async stop() {
    await this.context?.close().catch(() => {});
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

const isHeld = async (stack, file) =>
  (await stack.faults()).some(
    ({ path, query, times }) => `${path} ${query}`.includes(file.stem) && times < 99,
  );
