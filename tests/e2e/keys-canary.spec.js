// Where the keys live and for how long, and every place in which they must never be found.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openChromium } from '../harness/chromium.mjs';
import { extensionId } from '../harness/extension.mjs';
import { ConfigurationPage } from '../harness/page.mjs';
import { endWorker } from '../harness/service-worker.mjs';
import { expect, Panel, test } from './fixtures.js';

const LABELS = ['e2b API key', 'Storage token'];
const reversed = (secret) => [...secret].reverse().join('');

/** Code that looks for the secrets in its own surroundings, and carries them backwards itself. */
const searching = (secrets) => `
import os
secrets = [one[::-1] for one in ${JSON.stringify(secrets.map(reversed))}]
hits = []
def look(where, content):
    hits.extend(where for one in secrets if one.encode() in content)
look("environment", repr(dict(os.environ)).encode())
for top in ("/data", "/home", "/tmp", "/run", "/var", "/proc"):
    for folder, folders, names in os.walk(top):
        if top == "/proc":
            folders[:] = [name for name in folders if folder == "/proc" and name.isdigit()]
            names = [name for name in names if name in ("environ", "cmdline")]
        for name in names:
            path = os.path.join(folder, name)
            try:
                with open(path, "rb") as file:
                    look(path, file.read(8_000_000))
            except OSError:
                pass
print("looked, found", hits)
`;

/** A secret as it is, and as base64 (at each of the three offsets), hex, UTF-16 and bytes in JSON. */
function spellings(secret) {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    // The ends depend on the neighbours; what is between them does not.
    return text.slice(offset ? 4 : 0).replace(/.?=*$/, '');
  });
  const all = {
    clear: bytes,
    'UTF-16': Buffer.from(secret, 'utf16le'),
    hex: Buffer.from(bytes.toString('hex')),
    'URL encoding': Buffer.from(encodeURIComponent(secret)),
    'list of bytes': Buffer.from([...bytes].join(',')),
  };
  base64.forEach((text, offset) => {
    all[`base64 at ${offset}`] = Buffer.from(text);
    all[`base64url at ${offset}`] = Buffer.from(text.replaceAll('+', '-').replaceAll('/', '_'));
  });
  return Object.entries(all);
}

/** The spellings of the secrets that a text or a Buffer holds; never the secret itself. */
function found(content, secrets) {
  const bytes = Buffer.isBuffer(content) ? content : Buffer.from(content);
  return Object.entries(secrets).flatMap(([name, secret]) =>
    spellings(secret)
      .filter(([, spelling]) => bytes.includes(spelling))
      .map(([spelling]) => `${name} in ${spelling}`),
  );
}

/** Every place of a folder where a secret is, as `FILE: NAME in SPELLING`. */
function foundInFiles(folder, secrets) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  expect(files.length, 'the profile is there').toBeGreaterThan(10);
  return files.flatMap((path) =>
    [path, readFileSync(path)].flatMap((content) =>
      found(content, secrets).map((it) => `${path}: ${it}`),
    ),
  );
}

/** All that the engine's offscreen document says: Playwright does not count it among the pages. */
async function listenToEngine(context, said) {
  const session = await context.browser().newBrowserCDPSession();
  let engine;
  await expect
    .poll(async () => {
      const { targetInfos } = await session.send('Target.getTargets');
      engine = targetInfos.find(({ url }) => url.endsWith('/engine.html'));
      return Boolean(engine);
    })
    .toBe(true);
  session.on('Target.receivedMessageFromTarget', ({ message }) => {
    if (/consoleAPICalled|exceptionThrown|entryAdded/.test(message)) said.push(message);
  });
  const { sessionId } = await session.send('Target.attachToTarget', {
    targetId: engine.targetId,
    flatten: false,
  });
  // What was said before is told again to who asks for the first time.
  for (const [id, method] of ['Runtime.enable', 'Log.enable'].entries()) {
    await session.send('Target.sendMessageToTarget', {
      sessionId,
      message: JSON.stringify({ id, method }),
    });
  }
}

/** Both of the extension's stores, bytes read as Latin-1 so that text within them is found. */
function readStores(popup) {
  return popup.evaluate(async () => {
    const readable = (value) => {
      if (value instanceof ArrayBuffer) return new TextDecoder('latin1').decode(value);
      if (ArrayBuffer.isView(value)) return new TextDecoder('latin1').decode(value);
      if (value === null || typeof value !== 'object') return String(value);
      return Object.entries(value)
        .map(([name, inner]) => `${name}: ${readable(inner)}`)
        .join('\n');
    };
    const read = async (area) => {
      const all = await area.get(null);
      return `${readable(all)}\n${JSON.stringify(all)}`;
    };
    const { session, local, sync } = chrome.storage;
    return { session: await read(session), local: await read(local), sync: await read(sync) };
  });
}

/** Any five characters in a row of a secret, but for the words that every key begins with. */
function fragments(secret) {
  const random = secret.slice(secret.lastIndexOf(secret.startsWith('e2b_') ? '_' : '-') + 1);
  return Array.from({ length: random.length - 4 }, (_, at) => random.slice(at, at + 5));
}

test('the panel keeps no more of a key than its last four characters', async ({
  stack,
  configurationPage,
}) => {
  const { keboola, e2b } = stack.facts;
  const panel = await configurationPage.ready(stack.facts.pages.configuration, stack.facts);
  await panel.show('Settings');
  for (const label of LABELS) {
    const field = panel.frame.getByLabel(label, { exact: true });
    await expect(field).toHaveAttribute('type', 'password');
    await expect(field).toHaveValue('');
  }
  for (const secret of [e2b.api_key, keboola.token]) {
    await expect(panel.frame.getByText(`ends in ${secret.slice(-4)}`)).toBeVisible();
    const shown = await panel.frame.evaluate(() => {
      const values = [...document.querySelectorAll('input, textarea')].map((one) => one.value);
      return [document.documentElement.outerHTML, ...values].join('\n');
    });
    for (const fragment of fragments(secret)) expect(shown.includes(fragment)).toBe(false);
  }
});

test('a refused token leaves the good one in its place', async ({ stack, configurationPage }) => {
  const { keboola, pages } = stack.facts;
  const panel = await configurationPage.ready(pages.configuration, stack.facts);
  const mistyped = `${keboola.token.slice(0, -1)}${keboola.token.endsWith('A') ? 'B' : 'A'}`;
  for (const [token, words] of [
    [mistyped, 'Keboola does not accept this token.'],
    [keboola.expired_token, 'Keboola does not accept this token.'],
    [keboola.foreign_token, 'This token is of another project.'],
    ['not a token at all', /not|token/i],
  ]) {
    await panel.saveToken(token);
    await expect(panel.problem).toContainText(words);
    await expect(panel.frame.getByText(`ends in ${keboola.token.slice(-4)}`)).toBeVisible();
    const shown = await panel.frame.evaluate(() => document.documentElement.outerHTML);
    expect(shown.includes(token), 'the refused token is not repeated').toBe(false);
  }
  await panel.show('Run');
  expect(await panel.runToEnd()).toMatch(/^exit 0/);
});

test('keys outlive the panel and the death of the service worker', async ({
  stack,
  context,
  configurationPage,
  page,
  openPopup,
}) => {
  const { keboola, e2b, pages } = stack.facts;
  const there = async (panel) => {
    await panel.show('Settings');
    for (const secret of [e2b.api_key, keboola.token])
      await expect(panel.frame.getByText(`ends in ${secret.slice(-4)}`)).toBeVisible();
  };
  const panel = await configurationPage.ready(pages.configuration, stack.facts);
  await endWorker(context);
  await panel.show('Settings');
  await panel.button('Test key').click();
  await expect(panel.frame.getByText('The key works.')).toBeVisible();
  await panel.button('Close').click();
  await expect.poll(() => Panel.isOpen(page)).toBe(false);
  await there(await configurationPage.openPanel());

  await endWorker(context);
  await page.reload();
  const again = await configurationPage.openPanel();
  await there(again);
  await endWorker(context);
  const popup = await openPopup();
  await expect(popup.getByRole('list', { name: 'Keys' })).toContainText(e2b.api_key.slice(-4));
  await popup.close();
  expect(await again.runToEnd()).toMatch(/^exit 0/);
});

test('no secret is found anywhere: not while the browser runs, not on disk, not on the wire', async ({
  stack,
  profile,
}) => {
  test.setTimeout(180_000);
  const { keboola, e2b, pages } = stack.facts;
  const secrets = { 'the e2b key': e2b.api_key, 'the Storage token': keboola.token };
  const open = () => openChromium({ profile, resolverRules: stack.resolverRules });
  const { url, id } = await stack.configuration({
    code: searching(Object.values(secrets)),
    tables: [['in.c-main.airports', 'airports.csv']],
  });
  await stack.forgetRequests();

  const said = [];
  const context = await open();
  try {
    context.on('console', (message) => said.push(`${message.location().url} ${message.text()}`));
    context.on('weberror', (error) => said.push(String(error.error().stack)));
    const page = await context.newPage();
    const opened = new ConfigurationPage(page);
    const panel = await opened.ready(url, stack.facts);
    expect(await panel.runToEnd()).toMatch(/^exit 0/);
    expect(await panel.lines('stdout'), 'the sandbox never sees a key').toEqual([
      'looked, found []',
    ]);
    await listenToEngine(context, said);

    // Failures are where secrets slip out: of each call once.
    const before = said.length;
    await stack.killAllSandboxes();
    await stack.fault({ host: 'api.e2b.app', kind: 'reset', times: 50 });
    await panel.saveKey(e2b.api_key);
    await expect(panel.frame.getByText('e2b could not be reached. The key is kept')).toBeVisible();
    await panel.runToEnd();
    await expect(panel.problem).toBeVisible();
    await stack.clearFaults();
    await stack.fault({ host: 'connection.*', path: '/v2/storage/*', kind: 'reset', times: 50 });
    await panel.saveToken(keboola.token);
    await expect(panel.problem).toContainText('could not be reached');
    await panel.runToEnd();
    await expect(panel.problem).toBeVisible();
    await stack.clearFaults();
    await endWorker(context);
    await panel.show('Settings');
    await panel.button('Test key').click();
    await expect(panel.frame.getByText('The key works.')).toBeVisible();
    // A proof that what is said is heard.
    await panel.frame.evaluate(() => console.info('heard in the panel'));
    await context
      .serviceWorkers()
      .at(-1)
      .evaluate(() => console.info('heard in the worker'));
    await expect.poll(() => said.slice(before).join('\n')).toContain('heard in the worker');
    expect(said.join('\n')).toContain('heard in the panel');

    const popup = await context.newPage();
    await popup.goto(`chrome-extension://${extensionId()}/popup.html`);
    await expect(popup.getByRole('list', { name: 'Keys' })).toContainText(e2b.api_key.slice(-4));
    const stores = await readStores(popup);
    expect(stores.session, 'the vault is in storage.session').toContain('token/');
    const html = (frame) => frame.evaluate(() => document.documentElement.outerHTML);
    const places = {
      console: said.join('\n'),
      'the page': await html(page),
      'the panel': await html(panel.frame),
      'the popup': await html(popup),
      'the stores of the page': await page.evaluate(() =>
        JSON.stringify([
          { ...localStorage },
          { ...sessionStorage },
          document.cookie,
          history.state,
        ]),
      ),
      ...stores,
    };
    for (const [place, text] of Object.entries(places))
      expect(found(text, secrets), place).toEqual([]);
  } finally {
    await context.close();
  }

  expect(foundInFiles(profile, secrets)).toEqual([]);
  const control = { 'the id of the configuration': id };
  expect(foundInFiles(profile, control), 'the search finds what is there').not.toEqual([]);

  const home = {
    [e2b.api_key]: ['api.e2b.app', 'x-api-key'],
    [keboola.token]: [new URL(pages.configuration).host, 'x-storageapi-token'],
  };
  const requests = await stack.requests();
  for (const [name, secret] of Object.entries(secrets)) {
    const [host, header] = home[secret];
    const isOwn = (request, [key, value]) =>
      request.host === host && key.toLowerCase() === header && value === secret;
    const used = requests.filter((request) => request.headers.some((it) => isOwn(request, it)));
    expect(used.length, `${name} was used at all`).toBeGreaterThan(0);
    for (const request of requests) {
      const headers = request.headers.filter((it) => !isOwn(request, it));
      const bare = JSON.stringify({ ...request, headers });
      const what = `${request.listener} ${request.method} ${request.host}${request.path}`;
      expect(found(bare, { [name]: secret }), what).toEqual([]);
    }
  }
});
