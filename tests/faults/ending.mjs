// How an upload ended, by the panel and by what Storage and the cloud then hold.
import assert from 'node:assert/strict';
import { expect } from '../harness/expect.mjs';
import { entries, idsOf, requestsOf } from './uploads.mjs';

const PATIENCE_MS = 600_000;

/** The object of a file, or nothing. */
export const objectOf = (stack, id) => stack.object(id).catch(() => undefined);

/**
 * Waits until the panel says how it ended, and compares: `stored` when the object is the source,
 * `failed` when the panel says why and nothing is left. Everything else is an error, and an object
 * of other bytes under a row that says it is stored the worst of them.
 */
export async function ending({ stack, panel, file }) {
  const row = panel.file(file.name);
  const stored = row.getByText(/^Storage \d+$/);
  const failure = row.getByRole('alert');
  await expect(stored.or(failure).first(), `the end of ${file.name}`).toBeVisible({
    timeout: PATIENCE_MS,
  });
  // Not innerText: a row out of sight is not laid out (`content-visibility`), and has none.
  if (await failure.isVisible()) {
    await nothingLeft({ stack, file, words: await failure.textContent() });
    return 'failed';
  }
  const id = Number((await stored.textContent()).replace('Storage ', ''));
  await isSource({ stack, file, id });
  return 'stored';
}

/** The object is the source, and the only one of its name. */
export async function isSource({ stack, file, id }) {
  const object = await objectOf(stack, id);
  const held = { bytes: object?.bytes, sha256: object?.sha256 };
  const wanted = { bytes: file.bytes, sha256: await file.sha256() };
  assert.deepEqual(held, wanted, `silent corruption: Storage ${id} is not ${file.name}`);
  assert.deepEqual(await entries(stack, file), [id], `entries of ${file.name} in Storage`);
}

/** The panel says why, and neither Storage nor the cloud keeps anything of it. */
export async function nothingLeft({ stack, file, words }) {
  assert.match(words, /^The upload did not finish\..{20,}/, 'the words of the failure');
  await isGone({ stack, file });
}

/** No entry, and no object where one was sent to. */
export async function isGone({ stack, file }) {
  assert.deepEqual(await entries(stack, file), [], `entries of ${file.name} in Storage`);
  const ids = idsOf(file, await requestsOf(stack, file));
  assert.notEqual(ids.length, 0, `${file.name} was never sent`);
  for (const id of ids) {
    assert.equal(await objectOf(stack, id), undefined, `object ${id} of ${file.name} is left`);
  }
}
