// A browser that ends and is there again on the same profile.
import { mkdirSync } from 'node:fs';
import { openChromium } from './chromium.mjs';
import { ROOT } from './extension.mjs';
import { ConfigurationPage } from './page.mjs';
import { killBrowser } from './processes.mjs';

/** Opens the configuration in a browser on this profile. */
export async function open({ stack, profile, url, cloud = 'aws' }) {
  const context = await openChromium({ profile, resolverRules: stack.resolverRules });
  const page = context.pages()[0] ?? (await context.newPage());
  const { e2b, keboola } = stack.facts;
  const facts = { e2b, keboola: keboola[cloud] ?? keboola };
  const panel = await new ConfigurationPage(page).ready(url, facts);
  return { context, page, panel };
}

/** Ends the browser as a crash does, once the journal is written: that goes on beside an upload. */
export async function crash({ context, page }, profile) {
  await page.waitForTimeout(500);
  await killBrowser(profile);
  await context.close().catch(() => {});
}

/** The fixture `picture` has a browser of its own, on the same profile. */
export async function picture(page, name) {
  const folder = `${ROOT}target/e2e/screenshots`;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png` });
}

/** Chooses the file of an unfinished upload again. */
export async function chooseAgain({ page, panel }, name, path) {
  const chooser = page.waitForEvent('filechooser');
  await panel.button(`Choose the file again: ${name}`).click();
  await (await chooser).setFiles(path);
}
