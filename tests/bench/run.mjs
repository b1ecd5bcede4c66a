// From the press of Run to the first line of the script, next to the npm package `e2b`.
import { readFileSync } from 'node:fs';
import { ConfigurationPage } from '../harness/page.mjs';
import { inBrowser, marksWith, settle } from './browser.mjs';
import { SdkPeer } from './sdk-peer.mjs';
import { duration, ratio } from './statistics.mjs';

const ROUNDS = { warm: 21, cold: 9 };
const WARM_RATIO = 1.2;
/** How many samples of the SDK may fail and are taken again; of ours, none. */
const PEER_FAILURES = 4;

const CODE = readFileSync(new URL('script.py', import.meta.url), 'utf8');
const TABLES = [['in.c-main.airports', 'airports.csv']];

export const measureRun = () =>
  inBrowser(async ({ stack, page }) => {
    const sdk = await SdkPeer.start(stack.facts);
    try {
      const ours = new OurSide(stack, page);
      const first = await ours.cold();
      const { plan: coldPlan } = await sdk.readRun(first.sandbox);
      await sdk.open(coldPlan, CODE);
      await ours.warm();
      const { plan: warmPlan } = await sdk.readRun(first.sandbox);
      const warm = await inTurns(sdk, ROUNDS.warm, {
        ours: () => ours.warm(),
        same: () => sdk.warm(warmPlan),
        byHand: () => sdk.byHand(CODE),
      });
      await ours.endSandbox(first.sandbox);
      await sdk.close();

      const cold = await inTurns(sdk, ROUNDS.cold, {
        ours: async () => {
          const { ms, sandbox } = await ours.cold();
          await ours.endSandbox(sandbox);
          return ms;
        },
        same: () => sdk.cold(coldPlan),
      });
      return [warmGroup(warm), coldGroup(cold)];
    } finally {
      sdk.stop();
    }
  });

function warmGroup(samples) {
  const ours = duration('Run → first line in the panel', samples.ours);
  const same = duration('SDK: same files, same runner', samples.same);
  const byHand = duration('SDK by hand: python3 -u script.py', samples.byHand);
  const rows = [
    ours,
    same,
    byHand,
    ratio('ours / SDK, same command', ours, same, WARM_RATIO),
    ratio('ours / SDK by hand', ours, byHand),
  ];
  return { title: 'first line, warm sandbox (inputs and packages are there)', rows };
}

function coldGroup(samples) {
  const ours = duration('Run → first line in the panel', samples.ours);
  const same = duration('SDK: create, same files, same runner', samples.same);
  const rows = [ours, same, ratio('ours / SDK, same command', ours, same)];
  return { title: 'first line, new sandbox (table and packages fetched)', rows };
}

/** Rounds in which everybody has a turn, each round beginning with another. */
async function inTurns(sdk, rounds, takers) {
  const names = Object.keys(takers);
  let failures = 0;
  const take = async (name) => {
    try {
      return await takers[name]();
    } catch (error) {
      if (name === 'ours' || !sdk.alive || ++failures > PEER_FAILURES) throw error;
      console.error(`run: this sample is taken again: ${error.message}`);
      await settle();
      return take(name);
    }
  };
  const samples = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length];
      await settle();
      samples[name].push(await take(name));
    }
  }
  return samples;
}

/** The extension: a person who presses Run. */
class OurSide {
  #panel = null;

  constructor(stack, page) {
    this.stack = stack;
    this.configurationPage = new ConfigurationPage(page);
  }

  /** The first run of a configuration of its own, which needs a new sandbox: `{ms, sandbox}`. */
  async cold() {
    const before = await this.#sandboxIds();
    const { url } = await this.stack.configuration({ code: CODE, tables: TABLES });
    if (this.#panel) {
      await this.configurationPage.open(url);
      this.#panel = await this.configurationPage.openPanel();
    } else {
      this.#panel = await this.configurationPage.ready(url, this.stack.facts);
    }
    await settle();
    const ms = await this.#pressRun();
    const created = [...(await this.#sandboxIds())].filter((id) => !before.has(id));
    if (created.length !== 1) throw new Error(`a cold run made ${created.length} sandboxes`);
    return { ms, sandbox: created[0] };
  }

  /** A further run in the same sandbox. */
  async warm() {
    const before = await this.#sandboxIds();
    const ms = await this.#pressRun();
    const created = [...(await this.#sandboxIds())].filter((id) => !before.has(id));
    if (created.length > 0) throw new Error('a warm run took a new sandbox');
    return ms;
  }

  endSandbox = (id) => this.stack.killSandbox(id);

  /**
   * Presses Run as a person does whose pointer is there, and leaves the browser alone until the line
   * must have come: every question of the driver takes time from what is measured.
   */
  async #pressRun() {
    const { mouse } = this.configurationPage.page;
    const { x, y, width, height } = await this.#panel.button('Run in sandbox').boundingBox();
    await mouse.move(x + width / 2, y + height / 2);
    await settle();
    await mouse.down();
    await mouse.up();
    await settle();
    const { pressed, firstLog } = await marksWith(this.#panel.frame, 'pressed', 'firstLog');
    const result = await this.#panel.ended();
    if (!result.startsWith('exit 0')) throw new Error(`the run ended with: ${result}`);
    return firstLog - pressed;
  }

  async #sandboxIds() {
    return new Set((await this.stack.sandboxes()).map((sandbox) => sandbox.sandboxID));
  }
}
