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
 *   average
 * @returns its `port`, and `close`, which answers how many connections it broke
 */
export async function openLine({ to, delay_ms, bits_per_s, reset_every_bytes }) {
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
