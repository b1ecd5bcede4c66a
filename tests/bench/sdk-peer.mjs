// The npm package `e2b` in a process of its own: Node reads NODE_EXTRA_CA_CERTS only when it starts,
// and the driver of the browser must not take its time.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export class SdkPeer {
  #child;
  #ended;

  static async start({ ca_file: ca, e2b }) {
    const env = {
      ...process.env,
      NODE_EXTRA_CA_CERTS: ca,
      E2B_API_URL: e2b.api_url,
      E2B_SANDBOX_URL: e2b.sandbox_url,
      E2B_API_KEY: e2b.api_key,
    };
    return new SdkPeer(fork(fileURLToPath(new URL('sdk.mjs', import.meta.url)), { env }));
  }

  constructor(child) {
    this.#child = child;
    this.#ended = new Promise((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`the SDK's process ended with ${code}`)));
      child.once('error', reject);
    });
    this.#ended.catch(() => {});
  }

  get alive() {
    return this.#child.connected;
  }

  /** What the extension wrote for the latest run in a sandbox: `{plan}`, inputs included. */
  readRun = (sandboxId) => this.#ask('readRun', sandboxId);

  /** Makes the sandbox of the warm runs and runs in it twice. */
  open = (plan, code) => this.#ask('open', plan, code);

  /** Milliseconds to the first line of a run in that sandbox. */
  warm = (plan) => this.#ask('warm', plan);

  /** Milliseconds to the first line of the script alone in that sandbox. */
  byHand = (code) => this.#ask('byHand', code);

  /** Ends that sandbox. */
  close = () => this.#ask('close');

  /** Milliseconds to the first line of a run in a new sandbox, its creation included. */
  cold = (plan) => this.#ask('cold', plan);

  stop() {
    this.#child.kill();
  }

  async #ask(name, ...args) {
    if (!this.alive) return this.#ended;
    const answer = new Promise((resolve) => this.#child.once('message', resolve));
    this.#child.send({ name, args });
    const { value, error } = await Promise.race([answer, this.#ended]);
    if (error) throw new Error(`SDK ${name}: ${error}`);
    return value;
  }
}
