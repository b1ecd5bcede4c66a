// Files for uploads, and what their rows say.
import { createHash } from 'node:crypto';
import { closeSync, ftruncateSync, openSync } from 'node:fs';

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** A CSV file as a file chooser takes it. */
export const csv = (name = 'rain.csv', bytes = Buffer.from('date,rain\n2026-01-01,3.5\n')) => ({
  name,
  mimeType: 'text/csv',
  buffer: bytes,
});

/** Makes a file of zeros that takes no room on the disk. */
export function sparseFile(path, bytes) {
  const file = openSync(path, 'w');
  ftruncateSync(file, bytes);
  closeSync(file);
  return path;
}

/** Waits until Storage has a file of the panel's list; the answer is its id. */
export async function storedId(panel, name, { timeout = 60_000 } = {}) {
  const stored = panel.file(name).getByText(/^Storage \d+$/);
  await stored.waitFor({ timeout });
  return (await stored.textContent()).replace('Storage ', '');
}

/** Ends the credentials that Storage gave for a file. */
export async function expireCredentials(stack, id) {
  const url = `${stack.facts.control}/files/${id}/expire-credentials`;
  const { ok, status } = await fetch(url, { method: 'POST' });
  if (!ok) throw new Error(`POST ${url}: ${status}`);
}

/** Notes every value that a progress bar of the document shows from now on. */
export async function watchProgress(frame) {
  await frame.evaluate(() => {
    const seen = [];
    globalThis.seenProgress = seen;
    const look = () => {
      const bar = document.querySelector('progress[value]');
      const value = bar && Number(bar.getAttribute('value'));
      if (bar && value !== seen.at(-1)) seen.push(value);
    };
    new MutationObserver(look).observe(document.body, {
      subtree: true,
      childList: true,
      attributes: true,
    });
  });
  return () => frame.evaluate(() => globalThis.seenProgress);
}
