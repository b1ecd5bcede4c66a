// Panel, tab and service worker end while an upload of each size is held in mid-flight: the engine
// owns the uploads, so they go on.
import assert from 'node:assert/strict';
import { ConfigurationPage } from '../harness/page.mjs';
import { endWorker } from '../harness/service-worker.mjs';
import { middle } from './clouds.mjs';
import { entries, hit, Uploads } from './uploads.mjs';
import { isSource } from './ending.mjs';

/** Long enough to close something, and shorter than what the product takes for a stall. */
const HELD_MS = 14_000;

/** What ends, and what has to be so that the panel is there again. */
export const CLOSINGS = {
  'panel closed': {
    end: (uploads) => uploads.panel.close(),
    again: async (uploads) => {
      uploads.panel = await new ConfigurationPage(uploads.page).openPanel();
      return uploads;
    },
  },
  'tab closed': {
    end: (uploads) => uploads.page.close(),
    again: (uploads, browser) => Uploads.open({ ...browser, url: uploads.url }),
  },
  'worker killed': {
    end: (uploads, { context }) => endWorker(context),
    again: (uploads) => uploads,
  },
};

/**
 * Sends the files (the large one first: it is read for longer before it is sent), holds a request of
 * each, ends what is to end, and shows the panel again.
 */
export async function sendAndClose({ end, again }, files, browser) {
  const { stack, cloud } = browser;
  const uploads = await Uploads.open(browser);
  const hold = (file) =>
    stack.fault({ ...middle(cloud, file), kind: 'stall', stall_ms: HELD_MS, times: 1 });
  const [large, ...small] = files.toSorted((one, other) => other.bytes - one.bytes);
  await hold(large);
  await uploads.send(large);
  await hit(stack, large);
  await Promise.all(small.map(hold));
  await uploads.send(...small);
  await Promise.all(small.map((file) => hit(stack, file)));
  await end(uploads, browser);
  for (const file of files) {
    const [id] = await entries(stack, file);
    assert.ok(id, `${file.name} was prepared`);
    await assert.rejects(isSource({ stack, file, id }), `${file.name} was there before the end`);
  }
  const after = await again(uploads, browser);
  await after.panel.show('Files');
  return after;
}
