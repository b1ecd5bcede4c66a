// Runs whose line breaks at random, whose browser sleeps, whose engine ends, or whose sandbox is killed:
// the output is whole, or the panel says what happened; and no sandbox is left.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { endEngine, wholeLog } from '../harness/engine.mjs';
import { expect } from '../harness/expect.mjs';
import { browserOf, treeOf } from '../harness/processes.mjs';
import { random } from './random.mjs';
import { FILES, met, SLOW, SLOW_LINES, stage, STREAMS, told } from './runs.mjs';
import { until } from './uploads.mjs';

const RUNS = 100;
/** Of the places of the cuts: the same in every run of the suite. */
const SEED = 20_261_123;

const LINES = 200;
/** Lines of many lengths on both streams, with characters of several bytes. */
const CODE = [
  'import sys, time',
  `for number in range(${LINES}):`,
  '    stream = sys.stderr if number % 3 == 0 else sys.stdout',
  '    print(f"line {number:04} " + "ž" * (number * 97 % 300), file=stream, flush=True)',
  '    time.sleep(0.002)',
].join('\n');
const WANTED = Array.from({ length: LINES }, (_, number) => {
  const text = `line ${String(number).padStart(4, '0')} ${'ž'.repeat((number * 97) % 300)}`;
  return { stream: number % 3 === 0 ? 'stderr' : 'stdout', text };
});

/** Its rows are counted for longer than it takes to end its sandbox; on the disk it is nothing. */
const LONG_OUTPUT = [
  'with open("out/tables/a.csv", "w") as file:',
  '    file.write("a,b\\n")',
  '    file.truncate(60 << 30)',
  'print("written", flush=True)',
].join('\n');

/** The slow script, and how often it was begun in its sandbox. */
const ONCE = `open("/tmp/runs", "a").write("x")\n${SLOW}\nprint("ran", len(open("/tmp/runs").read()), "times")\n`;

const HANGS = 'import time\nprint("begun", flush=True)\ntime.sleep(600)\n';

/** How a request for a file fails in between. */
const BREAKS = [
  { action: 'reset' },
  { action: 'status', status: 502, message: 'bad gateway' },
  { action: 'text', status: 502, message: '<html>502 Bad Gateway</html>' },
  { action: 'text', status: 200, message: '<html>Welcome to the hotel</html>' },
  { action: 'status', status: 401, message: 'unauthorized' },
  { action: 'cut-stream-after-bytes', bytes: 700 },
];

describe('runs', () => {
  const { here, open, endAll } = stage();

  describe(`${RUNS} runs whose streams are cut`, () => {
    const next = random(SEED);
    let opened;
    let happened = 0;
    before(async () => {
      opened = await open({ code: CODE });
    });
    after(endAll);
    for (let run = 1; run <= RUNS; run++) {
      const cuts = Array.from({ length: 1 + Math.floor(next() * 4) }, () =>
        Math.floor(next() ** 2 * 60_000),
      );
      const [read, written] = ['GET', 'POST'].map((method) => ({
        ...FILES,
        ...BREAKS[Math.floor(next() * BREAKS.length)],
        method,
      }));
      it(
        `run ${run}, cut after ${cuts.join(', ')} bytes, then ${read.action}, ${written.action}`,
        { timeout: 120_000 },
        async (cell) => {
          const { panel, log } = opened;
          for (const bytes of cuts) {
            await here.stack.e2bFault({
              ...STREAMS,
              action: 'cut-stream-after-bytes',
              bytes,
              count: 1,
            });
          }
          for (const fault of [read, written]) await here.stack.e2bFault({ ...fault, count: 1 });
          assert.match(await panel.runToEnd(), /^exit 0/);
          await told(log, WANTED);
          const left = await here.stack.e2bFaults();
          // A cut behind the last byte of every stream cannot happen, nor can what comes after it.
          assert.ok(left.length < cuts.length + 2, 'none of the faults happened');
          happened += cuts.length + 2 - left.length;
          await here.stack.clearFaults();
          assert.equal((await here.stack.sandboxes()).length, 1, 'sandboxes');
          cell.diagnostic('run: whole');
        },
      );
    }
    it('most of the faults happened', () => {
      assert.ok(happened > 2 * RUNS, `${happened} faults`);
    });
    it('the last sandbox is ended, and none is left', async () => {
      const { panel } = opened;
      await panel.show('Settings');
      await panel.button('Terminate').click();
      await panel.button('Terminate now').click();
      await until('no sandbox', async () => (await here.stack.sandboxes()).length === 0);
    });
  });

  describe('a browser that sleeps', () => {
    after(endAll);
    const signal = (name) => {
      for (const { pid } of treeOf(browserOf(here.profile))) process.kill(pid, name);
    };
    for (const seconds of [3, 12]) {
      const when = seconds > 6 ? 'until after its end' : 'in the midst of it';
      it(`sleeps ${when}, and its streams are gone`, { timeout: 120_000 }, async (cell) => {
        const { panel, log } = await open({ code: SLOW });
        await panel.run();
        await expect(panel.log).toContainText('line 5');
        signal('SIGSTOP');
        await here.stack.forgetRequests();
        // What a network forgets during a sleep.
        await here.stack.breakStreams();
        await sleep(seconds * 1_000);
        signal('SIGCONT');
        assert.match(await panel.ended({ timeout: 60_000 }), /^exit 0/);
        await told(log, SLOW_LINES);
        const paths = (await here.stack.requestHeads()).map(({ path }) => path);
        assert.ok(paths.includes('/process.Process/Connect'), 'the stream was joined again');
        cell.diagnostic('run: whole');
      });
    }
  });

  describe('an engine that ends', () => {
    after(endAll);
    const MOMENTS = {
      'while the sandbox is made': {
        faults: [
          { target: 'api', path: '/sandboxes', method: 'POST', action: 'stall', seconds: 4 },
        ],
        when: ({ panel }) => expect(panel.step('Configuration')).toHaveClass('done'),
      },
      'while the runner is put into it': {
        faults: [{ ...FILES, method: 'POST', action: 'stall', seconds: 3 }],
        when: () => until('a sandbox', async () => (await here.stack.sandboxes()).length > 0),
      },
      'while the script runs': {
        when: ({ panel }) => expect(panel.log).toContainText('line 5'),
      },
      'twice while the script runs': {
        times: 2,
        when: ({ panel }) => expect(panel.log).toContainText('line 5'),
      },
    };
    for (const [moment, { faults = [], when, times = 1 }] of Object.entries(MOMENTS)) {
      it(moment, { timeout: 180_000 }, async (cell) => {
        const opened = await open({ code: ONCE });
        for (const fault of faults) await here.stack.e2bFault({ ...fault, count: 1 });
        await opened.panel.run();
        for (let time = 0; time < times; time++) {
          await when(opened);
          await sleep(700);
          await endEngine(here.context);
          await sleep(1_500);
        }
        assert.match(await opened.panel.ended({ timeout: 90_000 }), /^exit 0/);
        const lines = (await wholeLog(opened.panel))
          .map((line) => /(line \d+|ran \d+ times)$/.exec(line)?.[0])
          .filter(Boolean);
        const wanted = Array.from({ length: 60 }, (_, number) => `line ${number}`);
        assert.deepEqual(lines, [...wanted, 'ran 1 times']);
        await met(here.stack);
        assert.equal((await here.stack.sandboxes()).length, 1, 'sandboxes');
        cell.diagnostic('run: whole');
        await endAll();
        await opened.page.close();
      });
    }
  });

  describe('a sandbox that is killed', () => {
    after(endAll);
    const kill = async () => {
      await until('a sandbox', async () => (await here.stack.sandboxes()).length > 0);
      for (const { sandboxID } of await here.stack.sandboxes()) {
        await here.stack.killSandbox(sandboxID);
      }
    };
    const phases = {
      'before Run is pressed': {
        async act({ panel }) {
          assert.match(await panel.runToEnd(), /^exit 0/);
          await kill();
          await panel.run();
        },
        end: /^exit 0/,
        code: CODE,
      },
      'while it is made': {
        faults: [
          // It is made, and the answer takes its time.
          { target: 'api', path: '/sandboxes', method: 'POST', action: 'late', seconds: 3 },
        ],
        async act({ panel }) {
          await panel.run();
          await kill();
        },
      },
      'while the runner is put into it': {
        faults: [{ target: 'envd', path: '/files', method: 'POST', action: 'stall', seconds: 3 }],
        async act({ panel }) {
          await panel.run();
          await kill();
        },
      },
      'while packages are installed': {
        packages: ['a-package-that-takes-its-time'],
        async act({ panel }) {
          const held = { host: 'packages.devstack.test', method: 'GET', path: '*' };
          await here.stack.fault({ ...held, kind: 'stall', stall_ms: 20_000, times: 9 });
          await panel.run();
          await expect(panel.step('Packages')).toBeVisible();
          await sleep(1_500);
          await kill();
        },
      },
      'while its input is fetched': {
        tables: [['in.c-main.airports', 'airports.csv']],
        async act({ panel }) {
          const held = { host: '*.amazonaws.com', method: 'GET', path: '*' };
          await here.stack.fault({ ...held, kind: 'stall', stall_ms: 8_000, times: 9 });
          await panel.run();
          await expect(panel.step('Inputs')).toBeVisible();
          await sleep(1_500);
          await kill();
        },
      },
      'while the script runs': {
        async act({ panel }) {
          await panel.run();
          await expect(panel.log).toContainText('begun');
          await kill();
        },
      },
      'while its outputs are listed': {
        code: LONG_OUTPUT,
        async act({ panel }) {
          await panel.run();
          await expect(panel.log).toContainText('written');
          await kill();
        },
      },
      'while Stop is waited for': {
        code: HANGS.replace('import time', 'import signal, time\nsignal.signal(15, print)'),
        async act({ panel }) {
          await panel.run();
          await expect(panel.log).toContainText('begun');
          await panel.button('Stop').click();
          await kill();
        },
        end: /^stopped/,
      },
    };
    for (const [phase, { faults = [], act, end, code = HANGS, ...more }] of Object.entries(
      phases,
    )) {
      it(phase, { timeout: 180_000 }, async (cell) => {
        const opened = await open({ code, ...more });
        for (const fault of faults) await here.stack.e2bFault(fault);
        await act(opened);
        const result = await opened.panel.ended({ timeout: 120_000 });
        if (end) {
          assert.match(result, end);
        } else {
          await expect(opened.panel.problem.first()).toContainText(/sandbox/i);
        }
        await met(here.stack);
        await here.stack.clearFaults();
        const left = (await here.stack.sandboxes()).length;
        assert.ok(left <= (end === undefined ? 0 : 1), `${left} sandboxes are left`);
        cell.diagnostic(`run: ${end ? 'whole' : 'told'}`);
        await endAll();
        await opened.page.close();
      });
    }
  });
});
