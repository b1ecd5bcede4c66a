// A browser whose panel uploads files to one cloud, and the evidence of how each upload fared.
import { openChromium } from '../harness/chromium.mjs';
import { ConfigurationPage } from '../harness/page.mjs';

/** Runs what it is given one after the other. */
function queue() {
  let before = Promise.resolve();
  return (work) => {
    const now = before.then(work);
    before = now.catch(() => {});
    return now;
  };
}

/** A page with the panel open. Several cells press its buttons, one at a time. */
export class Uploads {
  #inTurn = queue();

  constructor(page, panel, url) {
    Object.assign(this, { page, panel, url });
  }

  /** Opens the page of a configuration (a new one, unless `url` names one) in a new tab. */
  static async open({ context, stack, cloud, url }) {
    url ??= (await stack.configuration({ code: 'print(1)', ...on(cloud) })).url;
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    const { e2b, keboola } = stack.facts;
    const facts = { e2b, keboola: keboola[cloud] ?? keboola };
    const panel = await new ConfigurationPage(page).ready(url, facts);
    return new Uploads(page, panel, url);
  }

  /** Begins to upload files. */
  send(...files) {
    return this.#inTurn(async () => {
      await this.panel.browse(files.map(({ path }) => path));
      await this.panel.button('Upload').click();
    });
  }
}

const on = (cloud) => (cloud === 'aws' ? {} : { cloud });

/** A browser for a stack, on a profile. */
export const browse = ({ stack, profile }) =>
  openChromium({ profile, resolverRules: stack.resolverRules });

const concerns = (file, text) => decodeURIComponent(text).includes(file.name);

/** Rules that still wait for a request of this file. */
export async function waiting(stack, file) {
  const rules = await stack.faults();
  return rules.filter(({ path, query }) => `${path} ${query}`.includes(file.stem));
}

/** Requests to the cloud for this file, in the order of their arrival. */
export async function requestsOf(stack, file) {
  const all = await stack.requestHeads();
  return all.filter(
    ({ host, path, query }) =>
      !host.startsWith('connection.') && concerns(file, `${path}?${query}`),
  );
}

/** What Storage lists by this name: ids. */
export async function entries(stack, file) {
  const all = await stack.files();
  return all.filter(({ name }) => name === file.name).map(({ id }) => id);
}

/** Ids under which a file was ever sent. */
export function idsOf(file, requests) {
  const id = new RegExp(`(?:/|-files-\\d+-)(\\d+)(?:\\.|-[\\d-]+/)${file.name}`);
  const found = requests.map(({ path, query }) => id.exec(decodeURIComponent(`${path}?${query}`)));
  return [...new Set(found.filter(Boolean).map(([, digits]) => Number(digits)))];
}

/** Polls until it is so. */
export async function until(what, isSo, { timeout = 60_000 } = {}) {
  const end = Date.now() + timeout;
  for (;;) {
    const answer = await isSo();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`not within ${timeout / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Waits until every rule for this file has hit. */
export const hit = (stack, file) =>
  until(`the fault of ${file.name}`, async () => (await waiting(stack, file)).length === 0, {
    timeout: 600_000,
  });
