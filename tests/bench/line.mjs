// A slow and unsteady line to a port of this machine; line.py is it.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('line.py', import.meta.url));

/**
 * Opens a line.
 *
 * @param {object} line
 * @param {number} line.to the port
 * @param {number} line.delay_ms one way; twice that is the round trip
 * @param {number} line.bits_per_s of all connections together, upwards
 * @param {number} line.reset_every_bytes one in so many bytes that go up ends its connection, on
 *   average; without it none does
 * @returns its `port`, and `close`, which answers how many connections it broke
 */
async function openLine({ to, delay_ms, bits_per_s, reset_every_bytes = Number.MAX_SAFE_INTEGER }) {
  const words = [to, delay_ms, bits_per_s, reset_every_bytes, 20_261_123].map(String);
  const child = spawn('python3', [PROGRAM, ...words], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const { value } = await lines.next();
  return {
    port: Number(value),
    async close() {
      child.stdin.end();
      const resets = Number((await lines.next()).value);
      child.kill();
      return resets;
    },
  };
}

/** Gives `work` a way through lines of this kind, as `inBrowser` takes it, and tells what they broke. */
export async function byLine(kind, work) {
  const lines = [];
  const through = async (stack) => {
    const to = Number(stack.facts.https.split(':').at(-1));
    const line = await openLine({ to, ...kind });
    lines.push(line);
    return stack.resolverRules.replaceAll(`127.0.0.1:${to}`, `127.0.0.1:${line.port}`);
  };
  try {
    return await work(through);
  } finally {
    for (const line of lines) console.log(`the line broke ${await line.close()} connections`);
  }
}
