// Who uploads: the extension as a person uses it, and the peers on a page of the same browser.
import { extensionId } from '../../harness/extension.mjs';
import { ConfigurationPage } from '../../harness/page.mjs';
import { bundled } from '../bundle.mjs';

/** The panel: files are chosen and Upload is pressed. */
export class Ours {
  static async open({ stack, page }) {
    const { url } = await stack.configuration({ code: 'print(1)' });
    const panel = await new ConfigurationPage(page).ready(url, stack.facts);
    await panel.show('Files');
    // The engine's own events tell when a file is in Storage; the list of the panel would do, but
    // asking it takes time from what is measured.
    await panel.frame.evaluate(() => {
      globalThis.stored = new Map();
      const take = (upload) => {
        const { phase } = upload;
        if (phase === 'stored' || phase.failed) {
          const at = performance.timeOrigin + performance.now();
          globalThis.stored.set(upload.upload, { at, id: upload.file, failed: phase.failed });
        }
      };
      chrome.runtime.connect({ name: 'engine-events' }).onMessage.addListener((text) => {
        const event = JSON.parse(text);
        event.uploads?.forEach(take);
      });
    });
    return new Ours(panel);
  }

  constructor(panel) {
    this.panel = panel;
  }

  /** Uploads files of the disk: `{ms, ids}`. */
  async upload(paths) {
    await this.panel.frame.evaluate(() => globalThis.stored.clear());
    await this.panel.browse(paths);
    const button = this.panel.button('Upload');
    await button.waitFor();
    const page = this.panel.frame.page();
    await page.waitForTimeout(1_000);
    await button.click();
    await this.panel.frame.waitForFunction(
      (count) => globalThis.stored.size >= count,
      paths.length,
      { timeout: 0, polling: 200 },
    );
    const { pressed, ends } = await this.panel.frame.evaluate(() => ({
      pressed: globalThis.kbcPressed,
      ends: [...globalThis.stored.values()],
    }));
    const failed = ends.find((end) => end.failed);
    if (failed) throw new Error(`an upload of ours failed: ${JSON.stringify(failed)}`);
    return { ms: Math.max(...ends.map(({ at }) => at)) - pressed, ids: ends.map(({ id }) => id) };
  }

  /** Takes the rows off the list. */
  async tidy() {
    await this.panel.frame.evaluate(async () => {
      for (const upload of globalThis.stored.keys()) {
        const body = JSON.stringify({ upload });
        await chrome.runtime.sendMessage({ to: 'engine', name: 'RemoveUpload', body });
      }
    });
  }
}

/** One of the peers, on an extension's page: there no CORS stands between it and S3. */
export class Peer {
  static async open({ stack, context, name }) {
    const page = await context.newPage();
    // The SDK parses answers in a way that trusted types, which our pages ask for, refuse.
    const session = await context.newCDPSession(page);
    await session.send('Page.setBypassCSP', { enabled: true });
    await page.goto(`chrome-extension://${extensionId()}/popup.html`);
    await page.evaluate(await bundled(new URL('peers.js', import.meta.url)));
    await page.evaluate(() => {
      const input = document.createElement('input');
      Object.assign(input, { type: 'file', multiple: true, id: 'peer-files' });
      document.body.append(input);
    });
    const { stack: host, token } = stack.facts.keboola;
    return new Peer(page, name, { storage: `https://${host}`, token });
  }

  constructor(page, name, storage) {
    Object.assign(this, { page, name, storage });
  }

  async upload(paths) {
    await this.page.locator('#peer-files').setInputFiles(paths);
    await this.page.waitForTimeout(1_000);
    return this.page.evaluate(
      ([name, storage]) =>
        globalThis.peers[name](storage, [...document.querySelector('#peer-files').files]),
      [this.name, this.storage],
    );
  }

  async tidy() {
    await this.page.locator('#peer-files').setInputFiles([]);
  }

  /** Deletes files in Storage, so that the disk holds one round at a time. */
  async remove(ids) {
    await this.page.evaluate(
      async ([{ storage, token }, all]) => {
        for (const id of all) {
          const url = `${storage}/v2/storage/files/${id}`;
          await fetch(url, { method: 'DELETE', headers: { 'x-storageapi-token': token } });
        }
      },
      [this.storage, ids],
    );
  }
}
