// The Web Worker that reads files, for their checksums or to compress them; `webext::file_worker` talks
// to it. A file comes as `{id, of, blob}` and is given up by `{cancel: id}`.
import init, { sums } from './wasm/checksum.js';

// Small files do not wait for a large one: each kind has its own line, read one after the other.
const SMALL = 64 * 1024 * 1024;

// How often it is told how much was read.
const EVERY_MS = 100;

const ready = init({ module_or_path: 'wasm/checksum_bg.wasm' });
const waiting = new Map();
const lines = { small: Promise.resolve(), large: Promise.resolve(), gzip: Promise.resolve() };
let started = false;

const work = {
  async sums({ id, blob }) {
    await ready;
    started = true;
    let told = performance.now();
    return sums(blob, (bytes) => {
      const now = performance.now();
      if (waiting.has(id) && now - told > EVERY_MS) {
        told = now;
        postMessage({ id, read: bytes });
      }
      return waiting.has(id);
    });
  },

  async gzip({ id, blob }) {
    const { signal } = waiting.get(id);
    const packed = blob.stream().pipeThrough(new CompressionStream('gzip'), { signal });
    return { blob: await new Response(packed).blob() };
  },
};

async function answer(asked) {
  const { id, of } = asked;
  if (!waiting.has(id)) return;
  try {
    const found = await work[of](asked);
    if (found) postMessage({ id, ...found });
  } catch (error) {
    // A stream of a file that is gone or was changed throws many kinds of errors; a wasm that does
    // not start or breaks throws its own.
    const broken = error instanceof WebAssembly.RuntimeError || (of === 'sums' && !started);
    if (waiting.has(id)) postMessage({ id, failed: broken ? String(error) : 'unreadable' });
  } finally {
    waiting.delete(id);
  }
}

onmessage = ({ data }) => {
  if (data.cancel) {
    waiting.get(data.cancel)?.abort();
    waiting.delete(data.cancel);
    return;
  }
  waiting.set(data.id, new AbortController());
  const ofSize = data.blob.size > SMALL ? 'large' : 'small';
  const line = data.of === 'gzip' ? 'gzip' : ofSize;
  lines[line] = lines[line].then(() => answer(data));
};
