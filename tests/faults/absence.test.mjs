// Runs whose line says nothing for minutes: their output is whole all the same. These only wait, so they
// have a file of their own, and a name that lets them begin first.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, describe, it } from 'node:test';
import { expect } from '../harness/expect.mjs';
import { FILES, met, SLOW, SLOW_LINES, stage, STREAMS, told } from './runs.mjs';

describe('absence', () => {
  const { here, open, endAll } = stage();

  describe('a network that is gone', () => {
    after(endAll);
    it('for 75 seconds in mid-run', { timeout: 240_000 }, async (cell) => {
      const { panel, log } = await open({ code: SLOW });
      await panel.run();
      await expect(panel.log).toContainText('line 5');
      await here.stack.e2bFault({ ...STREAMS, action: 'reset', count: 1_000 });
      await here.stack.e2bFault({ ...FILES, action: 'reset', count: 1_000 });
      await here.stack.e2bFault({ target: 'api', action: 'reset', count: 1_000 });
      await here.stack.breakStreams();
      await expect(panel.log).toContainText('Connecting again…', { timeout: 30_000 });
      await sleep(75_000);
      assert.equal((await here.stack.sandboxes()).length, 1, 'nobody ended the sandbox');
      await here.stack.clearFaults();
      assert.match(await panel.ended({ timeout: 60_000 }), /^exit 0/);
      await told(log, SLOW_LINES);
      cell.diagnostic('run: whole');
    });
  });

  describe('a line that dies without a word', () => {
    after(endAll);
    it('is given up after two minutes', { timeout: 300_000 }, async (cell) => {
      const { panel, log } = await open({ code: SLOW });
      const silent = { ...STREAMS, action: 'silence-stream-after-bytes', bytes: 3_000 };
      await here.stack.e2bFault({ ...silent, path: '/process.Process/Start', count: 1 });
      await panel.run();
      assert.match(await panel.ended({ timeout: 200_000 }), /^exit 0/);
      await told(log, SLOW_LINES);
      await met(here.stack);
      cell.diagnostic('run: whole');
    });
  });
});
