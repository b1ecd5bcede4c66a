// The configuration's page with the extension's button, as a person sees it.
import { Panel } from './panel.mjs';

export class ConfigurationPage {
  constructor(page) {
    this.page = page;
    this.button = page.locator('[data-kbc-e2b="button"]');
  }

  async open(url) {
    await this.page.goto(url);
    return this;
  }

  /** Opens the panel and waits until it can be used. */
  async openPanel() {
    await this.button.click();
    return Panel.of(this.page);
  }

  /** Opens the page and the panel, and enters both keys. */
  async ready(url, facts) {
    await this.open(url);
    const panel = await this.openPanel();
    await panel.enterKeys(facts);
    return panel;
  }
}
