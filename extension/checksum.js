// The Web Worker that reads files for their checksums; `webext::file_sums` talks to it. A file comes
// as `{id, blob}` and is given up by `{cancel: id}`.
import init, { sums } from './wasm/checksum.js';

// Small files do not wait for a large one: each kind has its own line, read one after the other.
const SMALL = 64 * 1024 * 1024;

// How often it is told how much was read.
const EVERY_MS = 100;

const ready = init({ module_or_path: 'wasm/checksum_bg.wasm' });
const waiting = new Set();
let started = false;
const lines = { small: Promise.resolve(), large: Promise.resolve() };

async function work({ id, blob }) {
  let told = performance.now();
  const read = (bytes) => {
    const now = performance.now();
    if (waiting.has(id) && now - told > EVERY_MS) {
      told = now;
      postMessage({ id, read: bytes });
    }
    return waiting.has(id);
  };
  try {
    await ready;
    started = true;
    if (!waiting.has(id)) return;
    const found = await sums(blob, read);
    if (found) postMessage({ id, ...found });
  } catch (error) {
    // A stream of a file that is gone or was changed throws many kinds of errors; a wasm that does
    // not start or breaks throws its own.
    const broken = error instanceof WebAssembly.RuntimeError || !started;
    postMessage({ id, failed: broken ? String(error) : 'unreadable' });
  } finally {
    waiting.delete(id);
  }
}

onmessage = ({ data }) => {
  if (data.cancel) {
    waiting.delete(data.cancel);
    return;
  }
  waiting.add(data.id);
  const line = data.blob.size > SMALL ? 'large' : 'small';
  lines[line] = lines[line].then(() => work(data));
};
