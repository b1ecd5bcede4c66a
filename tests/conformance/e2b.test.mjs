// Runs the cases of the npm package in a process whose environment points at the dev stack. Node
// reads NODE_EXTRA_CA_CERTS only when it starts, so the environment cannot be set later.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { openDevstack, sdkEnvironment } from './devstack.mjs';

const { line, close } = await openDevstack();
const cases = spawn(process.execPath, [fileURLToPath(new URL('e2b-cases.mjs', import.meta.url))], {
  stdio: 'inherit',
  env: { ...process.env, ...sdkEnvironment(line) },
});
process.exitCode = await new Promise((resolve) => cases.once('exit', (code) => resolve(code ?? 1)));
await close();
