// Measures and prints; ./build.sh bench starts it. What is measured and how: README.md.
import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from '../harness/extension.mjs';
import { machine } from './machine.mjs';
import { print } from './print.mjs';
import { measureRun } from './run.mjs';
import { measureSize } from './size.mjs';
import { measureStart } from './start.mjs';
import { measureSandbox } from './sandbox/sandbox.mjs';
import { measureUpload } from './upload/upload.mjs';

const BENCHES = {
  size: measureSize,
  start: measureStart,
  run: measureRun,
  upload: measureUpload,
  e2b: measureSandbox,
};
/** A benchmark that takes longer hangs: each takes two minutes on two idle cores, uploads 20. */
const LIMIT_MS = 12 * 60_000;
const LIMITS_MS = { upload: 60 * 60_000, e2b: 20 * 60_000 };
const FOLDER = `${ROOT}target/bench`;

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(BENCHES, name));
if (unknown.length > 0) {
  console.error(`there is no benchmark ${unknown}; there are: ${Object.keys(BENCHES).join(' ')}`);
  process.exit(2);
}

mkdirSync(FOLDER, { recursive: true });
for (const name of asked.length > 0 ? asked : Object.keys(BENCHES)) {
  try {
    const groups = await within(LIMITS_MS[name] ?? LIMIT_MS, BENCHES[name]());
    const path = `${FOLDER}/${name}.json`;
    const where = machine();
    writeFileSync(path, `${JSON.stringify({ name, machine: where, groups }, null, 2)}\n`);
    print(name, groups);
    console.log(
      `\nload ${where.load_1_min.toFixed(1)} on ${where.cores} cores; samples in ${path}`,
    );
  } catch (error) {
    console.error(`${name} could not be measured: ${error.stack}`);
    process.exitCode = 1;
  }
}
// Ends also what hangs: dev stack, browser and SDK go with this process.
process.exit();

function within(ms, work) {
  const limit = sleep(ms, null, { ref: false }).then(() => {
    throw new Error(`it took longer than ${ms / 60_000} minutes`);
  });
  return Promise.race([work, limit]);
}
