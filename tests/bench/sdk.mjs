// The other side of sdk-peer.mjs: does by the npm package `e2b` what the engine does for a run, the
// same files in the same places and the same command (crates/engine/src/run/runner.rs).
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Sandbox } from 'e2b';
import { DIST } from '../harness/extension.mjs';

const HOME = '~/.kbc-e2b';
const LIFE_MS = 30 * 60_000;
const { hash, files: runner } = JSON.parse(readFileSync(`${DIST}/runner.json`, 'utf8'));

/** Once a sandbox; the script is there for its folder, as in the engine. */
const RUNNER_FILES = [
  { path: '/data/script.py', data: '' },
  ...Object.entries(runner).map(([name, data]) => ({
    path: `${HOME}/runner/${hash}/${name}`,
    data,
  })),
];

/** The sandbox of the warm runs. */
let kept = null;

const calls = {
  async readRun(id) {
    const sandbox = await Sandbox.connect(id);
    const { stdout } = await sandbox.commands.run(`ls -td ${HOME}/runs/*/ | head -1`);
    const folder = stdout.trim();
    const plan = JSON.parse(await sandbox.files.read(`${folder}plan.json`));
    const late = await sandbox.commands.run(
      `find ${folder}inputs -name '*.json' 2>/dev/null; true`,
    );
    for (const path of late.stdout.split('\n').filter(Boolean)) {
      plan.ready.push(JSON.parse(await sandbox.files.read(path)));
    }
    if (plan.ready.length !== plan.inputs) throw new Error(`${folder} lacks inputs`);
    return { plan };
  },

  async open(plan, code) {
    kept = await Sandbox.create('base', { timeoutMs: LIFE_MS });
    await run(kept, plan, RUNNER_FILES);
    await calls.byHand(code);
  },

  warm: (plan) => run(kept, plan, []),

  async byHand(code) {
    const began = performance.now();
    await kept.files.write('/data/script.py', code);
    const heard = firstTime((text) => text.length > 0);
    await ended(await start(kept, 'python3 -u script.py', heard, '/data'));
    return heard.at - began;
  },

  async close() {
    await kept.kill();
    kept = null;
  },

  async cold(plan) {
    const began = performance.now();
    const sandbox = await Sandbox.create('base', { timeoutMs: LIFE_MS });
    try {
      const created = performance.now() - began;
      return created + (await run(sandbox, plan, RUNNER_FILES));
    } finally {
      await sandbox.kill();
    }
  },
};

/** Writes the files and a plan, starts the runner; the answer is the time of the first line. */
async function run(sandbox, plan, files) {
  const id = randomUUID();
  const folder = `${HOME}/runs/${id}`;
  const own = { path: `${folder}/plan.json`, data: JSON.stringify({ ...plan, run: id }) };
  const heard = firstTime(isOutput());
  const began = performance.now();
  await sandbox.files.write([...files, own]);
  const command = `exec setsid python3 -ESu ${HOME}/runner/${hash}/kbc_runner/__main__.py run ${folder}`;
  await ended(await start(sandbox, command, heard));
  return heard.at - began;
}

const start = (sandbox, command, heard, cwd) =>
  sandbox.commands.run(command, { background: true, onStdout: heard.listen, timeoutMs: 0, cwd });

/** A command that fails throws, with its output. */
async function ended(command) {
  const { stdout } = await command.wait();
  const failed = stdout.match(/^.*"e": ?"problem".*$/m);
  if (failed) throw new Error(failed[0]);
}

/** Keeps the time of the first chunk that `matches`. */
function firstTime(matches) {
  const heard = { at: NaN };
  heard.listen = (text) => {
    if (Number.isNaN(heard.at) && matches(text)) heard.at = performance.now();
  };
  return heard;
}

/** Whether the runner's events, as they come in chunks, hold a line of the script yet. */
function isOutput() {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    return lines.map((line) => JSON.parse(line)).some(({ e, s }) => e === 'out' && s === 'stdout');
  };
}

process.on('message', async ({ name, args }) => {
  try {
    process.send({ value: await calls[name](...args) });
  } catch (error) {
    process.send({ error: error.stack ?? String(error) });
  }
});
