// The extension's service worker, and its end.
import { setTimeout as sleep } from 'node:timers/promises';
import { extensionId } from './extension.mjs';

const PATIENCE_MS = 60_000;

/** Ends the service worker as Chrome does when it idles: by Chrome's own word it is stopped. */
export async function endWorker(context) {
  const page = await context.newPage();
  await page.goto(`chrome-extension://${extensionId()}/popup.html`);
  const session = await context.newCDPSession(page);
  const seen = [];
  session.on('ServiceWorker.workerVersionUpdated', ({ versions }) => {
    const ours = versions.filter(({ scriptURL }) => scriptURL.includes(extensionId()));
    seen.push(...ours.map(({ runningStatus }) => runningStatus));
  });
  await session.send('ServiceWorker.enable');
  await saw(seen, 'running');
  await session.send('ServiceWorker.stopAllWorkers');
  await saw(seen, 'stopped');
  await page.close();
}

async function saw(seen, status) {
  for (const until = Date.now() + PATIENCE_MS; !seen.includes(status); await sleep(50)) {
    if (Date.now() > until) throw new Error(`the service worker was never ${status}: ${seen}`);
  }
}
