// The cells of one cloud: every fault with a file of every size, in a real Chromium.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { startDevstack } from '../harness/devstack.mjs';
import { CLOSINGS, sendAndClose } from './closings.mjs';
import { ending, isGone } from './ending.mjs';
import { Mortal } from './killed.mjs';
import { SIZES, source, stemOf } from './sources.mjs';
import { browse, entries, hit, requestsOf, Uploads, waiting } from './uploads.mjs';
import { WIRE } from './wire.mjs';

/** A cell that hangs ends as a failed one. */
const LIMIT = { timeout: 900_000 };

/** Cells on the wire at the same time: more would wait for each other on a small machine. */
const AT_ONCE = 9;

/** Declares the tests of a cloud: a test is a cell, and names how it ended in a line `cell: …`. */
export function matrix(cloud) {
  const here = {};
  describe(`on ${cloud}`, () => {
    before(async () => {
      here.folder = mkdtempSync(`${tmpdir()}/kbc-e2b-faults-`);
      here.stack = await startDevstack();
      here.cloud = cloud;
      here.context = await browse({ stack: here.stack, profile: `${here.folder}/profile` });
    });
    after(async () => {
      await here.context?.close();
      await here.stack?.stop();
      rmSync(here.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    });
    onTheWire(here);
    for (const name of Object.keys(CLOSINGS)) closed(here, name);
    killed(here);
  });
}

/** One file of each size: `[[words of the size, file], …]`. */
const files = ({ folder, cloud }, ...words) =>
  Object.entries(SIZES).map(([size, bytes]) => [
    size,
    source(folder, stemOf(cloud, ...words, size), bytes),
  ]);

/** Many at once on one panel: a stall takes its time, and none is in another's way. */
function onTheWire(here) {
  const uploads = once(() => Uploads.open(here));
  describe('on the wire', { concurrency: AT_ONCE }, () => {
    for (const [name, fault] of Object.entries(WIRE)) {
      for (const [size, bytes] of Object.entries(SIZES)) {
        it(`${name} × ${size}`, LIMIT, async (cell) => {
          const { stack, cloud } = here;
          const file = source(here.folder, stemOf(cloud, name, size), bytes);
          for (const rule of fault.rules(cloud, file)) await stack.fault(rule);
          await (await uploads()).send(file);
          if (fault.act) {
            await hit(stack, file);
            const [id] = await entries(stack, file);
            await fault.act(stack, id);
          }
          const how = await ending({ stack, panel: (await uploads()).panel, file });
          cell.diagnostic(`cell: ${how}`);
          assert.deepEqual(await waiting(stack, file), [], 'faults that met no request');
          const requests = await requestsOf(stack, file);
          if (fault.proof) assert.ok(fault.proof(requests), 'the fault was met');
          assert.ok(how === 'stored' || fault.mayFail, 'the file is stored in spite of the fault');
        });
      }
    }
  });
}

/** One file of each size at the same time. */
function closed(here, name) {
  const sent = once(async () => {
    const own = files(here, name);
    const { panel } = await sendAndClose(
      CLOSINGS[name],
      own.map(([, file]) => file),
      here,
    );
    return { panel, of: Object.fromEntries(own) };
  });
  describe(name, () => {
    for (const size of Object.keys(SIZES)) {
      it(`${name} × ${size}`, LIMIT, async (cell) => {
        const { panel, of } = await sent();
        const how = await ending({ stack: here.stack, panel, file: of[size] });
        cell.diagnostic(`cell: ${how}`);
        assert.equal(how, 'stored');
      });
    }
  });
}

/** Two files of each size at the same time: one goes on, the other is cancelled. */
function killed(here) {
  const browser = once(async () => {
    const mortal = new Mortal(here.stack, here.cloud);
    here.mortal = mortal;
    const resumed = Object.fromEntries(files(here, 'resumed'));
    const cancelled = Object.fromEntries(files(here, 'cancelled'));
    await mortal.killAndStart([...Object.values(resumed), ...Object.values(cancelled)]);
    return { mortal, resumed, cancelled };
  });
  describe('browser killed and restarted', () => {
    after(() => here.mortal?.stop());
    for (const size of Object.keys(SIZES)) {
      it(`browser killed and restarted × ${size}`, LIMIT, async (cell) => {
        const { mortal, resumed } = await browser();
        const file = resumed[size];
        await mortal.resume(file);
        const how = await ending({ stack: here.stack, panel: mortal.uploads.panel, file });
        cell.diagnostic(`cell: ${how}`);
        assert.equal(how, 'stored');
        await mortal.wentOn(file);
      });
      it(`browser killed and restarted, upload cancelled × ${size}`, LIMIT, async (cell) => {
        const { mortal, cancelled } = await browser();
        const file = cancelled[size];
        await mortal.cancel(file);
        await isGone({ stack: here.stack, file });
        cell.diagnostic('cell: cancelled');
      });
    }
  });
}

/** What is done at the first call, and known at all later ones. */
function once(make) {
  let made;
  return () => (made ??= make());
}
