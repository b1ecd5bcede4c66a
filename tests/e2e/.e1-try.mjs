import { openChromium } from '/work/main/tests/harness/chromium.mjs';
import { startDevstack } from '/work/main/tests/harness/devstack.mjs';
import { extensionId } from '/work/main/tests/harness/extension.mjs';
import { ConfigurationPage } from '/work/main/tests/harness/page.mjs';
import { mkdtempSync } from 'node:fs';
const stack = await startDevstack();
const profile = mkdtempSync('/tmp/e1-profile-');
const context = await openChromium({ profile, resolverRules: stack.resolverRules });
context.on('console', (m) => console.log('CONSOLE', m.page()?.url(), m.worker?.()?.url(), m.text()));
try {
  console.log('browser', !!context.browser());
  const page = context.pages()[0];
  const panel = await new ConfigurationPage(page).ready(stack.facts.pages.configuration, stack.facts);
  console.log(await panel.runToEnd());
  const b = await context.browser()?.newBrowserCDPSession().catch((e) => console.log('no', e.message));
  const s = b ?? await context.newCDPSession(page);
  const { targetInfos } = await s.send('Target.getTargets');
  console.log(targetInfos.map((t) => [t.type, t.url, t.attached]));
  console.log('sw', context.serviceWorkers().map((w) => w.url()));
  await context.serviceWorkers()[0]?.evaluate(() => console.log('hello from worker'));
  const sw = targetInfos.find((t) => t.type === 'service_worker');
  console.log(await s.send('Target.closeTarget', { targetId: sw.targetId }).catch((e) => e.message));
  await page.waitForTimeout(1000);
  console.log((await s.send('Target.getTargets')).targetInfos.map((t) => [t.type, t.url]));
  console.log(await panel.runToEnd());
} finally { await context.close(); await stack.stop(); }
