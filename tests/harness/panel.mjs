// The panel in its frame. The frame stands in a closed shadow root, which no locator enters, so it
// is found among the page's frames by its address.
import { expect } from './expect.mjs';

const isPanel = (frame) => frame.url().endsWith('/panel.html');

export class Panel {
  /** The panel that is open on a page, once it shows a configuration. */
  static async of(page) {
    await expect.poll(() => page.frames().some(isPanel), 'the frame of the panel').toBe(true);
    const panel = new Panel(page.frames().find(isPanel));
    await panel.frame.getByRole('tab', { name: 'Run' }).waitFor();
    // Secrets and ends of things are refused until the browser has confirmed that nothing covers
    // the panel, which it does every 100 ms.
    await page.waitForTimeout(300);
    return panel;
  }

  static isOpen(page) {
    return page.frames().some(isPanel);
  }

  constructor(frame) {
    this.frame = frame;
    this.log = frame.getByRole('log', { name: 'Log' });
    this.steps = frame.getByRole('list', { name: 'Steps' });
    this.result = frame.getByRole('status', { name: 'Result' });
    this.problem = frame.getByRole('alert');
    this.files = frame.getByRole('list', { name: 'Files' });
  }

  button(name) {
    // Upload counts the files when they are several.
    const upload = name === 'Upload' ? /^Upload( [\d\s]+ files)?$/ : name;
    return this.frame.getByRole('button', { name: upload, exact: true });
  }

  /** Presses Close with the mouse itself: the frame is gone before a locator could report. */
  async close() {
    const page = this.frame.page();
    const { x, y, width, height } = await this.button('Close').boundingBox();
    await page.mouse.click(x + width / 2, y + height / 2);
    await expect.poll(() => Panel.isOpen(page), 'the panel is open').toBe(false);
  }

  async show(tab) {
    await this.frame.getByRole('tab', { name: tab }).click();
  }

  async saveKey(key) {
    await this.show('Settings');
    await this.frame.getByLabel('e2b API key', { exact: true }).fill(key);
    await this.button('Save key').click();
  }

  /** Sets `Sandbox life` or `Run limit` to some seconds. */
  async saveSeconds(name, seconds) {
    await this.show('Settings');
    await this.frame.getByLabel(name, { exact: true }).selectOption('custom');
    await this.frame.getByLabel(`${name}, in seconds`).fill(String(seconds));
    await this.button('Save settings').click();
    await this.frame.getByText('Saved', { exact: true }).waitFor();
  }

  async saveToken(token) {
    await this.show('Settings');
    await this.frame.getByLabel('Storage token', { exact: true }).fill(token);
    await this.button('Save token').click();
  }

  async enterKeys({ e2b, keboola }) {
    await this.saveKey(e2b.api_key);
    await expect(this.button('Test key')).toBeEnabled();
    await this.saveToken(keboola.token);
    await expect(this.button('Forget token')).toBeVisible();
    await this.show('Run');
  }

  async run() {
    await this.show('Run');
    await this.button('Run in sandbox').click();
  }

  /** Runs and waits for the end; the answer is the line of the result. */
  async runToEnd({ timeout = 60_000 } = {}) {
    await this.run();
    await this.button('Stop').or(this.problem).first().waitFor();
    return this.ended({ timeout });
  }

  async ended({ timeout = 60_000 } = {}) {
    await expect(this.button('Run in sandbox')).toBeVisible({ timeout });
    const result = await this.result.innerText();
    // What a test that wanted another end should say.
    const why = /^exit 0/.test(result) ? [] : await this.problem.allInnerTexts();
    return [result, ...why].join('\n');
  }

  /** Texts of the log's lines that are painted, of one stream or of all, from top to bottom. */
  async lines(stream) {
    const rows = this.log.locator(stream ? `.line[data-stream=${stream}]` : '.line');
    return rows.evaluateAll((all) => {
      const top = (row) => row.getBoundingClientRect().top;
      // The log paints what is in view, and uses its rows again in any order.
      const sorted = all.toSorted((one, other) => top(one) - top(other));
      return sorted.map((row) => row.querySelector('.text').textContent);
    });
  }

  step(name) {
    return this.steps.getByRole('listitem').filter({ hasText: name });
  }

  /** Drops files on the panel, as from the desktop: `[{name, type, bytes}]`, bytes a Buffer. */
  async drop(...files) {
    const transfer = await this.frame.evaluateHandle(
      (list) => {
        const data = new DataTransfer();
        for (const { name, type, base64 } of list) {
          const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
          data.items.add(new File([bytes], name, { type }));
        }
        return data;
      },
      files.map(({ bytes, ...file }) => ({ ...file, base64: bytes.toString('base64') })),
    );
    await this.frame.dispatchEvent('body', 'drop', { dataTransfer: transfer });
  }

  /** Chooses files by Browse. */
  async browse(files) {
    await this.show('Files');
    const chooser = this.frame.page().waitForEvent('filechooser');
    await this.button('Browse…').click();
    await (await chooser).setFiles(files);
  }

  file(name) {
    return this.files.getByRole('listitem').filter({ hasText: name });
  }

  /** Rows of the Outputs tab: `[{name, rows}]`. */
  async outputs() {
    await this.show('Outputs');
    const rows = this.frame
      .getByRole('list', { name: /^Output (tables|files)$/ })
      .getByRole('listitem');
    await rows.first().waitFor();
    return rows.evaluateAll((all) =>
      all.map((row) => ({
        name: row.querySelector('strong').textContent,
        rows: Number(/([\d,]+) rows?/.exec(row.textContent)?.[1].replaceAll(',', '') ?? NaN),
      })),
    );
  }
}
