// Finds the dev stack that DEVSTACK names: a program to start, or a file with its JSON line.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** The JSON line, and how to end what was started for it. */
export async function openDevstack() {
  const path = process.env.DEVSTACK;
  if (!path) throw new Error('DEVSTACK is not set; see tests/conformance/README.md');
  const content = readFileSync(path);
  if (content.toString('utf8', 0, 1) === '{') {
    return { line: JSON.parse(content.toString('utf8')), close: async () => {} };
  }
  const stack = spawn(path, [], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => stack.once('exit', resolve));
  const first = await Promise.race([
    new Promise((resolve) => createInterface(stack.stdout).once('line', resolve)),
    ended.then((code) => Promise.reject(new Error(`${path} ended with ${code} before its line`))),
  ]);
  const close = async () => {
    stack.kill('SIGINT');
    await ended;
  };
  return { line: JSON.parse(first), close };
}

/** What the official packages read from their environment. */
export function sdkEnvironment(line) {
  return {
    E2B_API_URL: line.e2b.api_url,
    E2B_SANDBOX_URL: line.e2b.sandbox_url,
    E2B_API_KEY: line.e2b.api_key,
    ...(line.ca_file && { NODE_EXTRA_CA_CERTS: line.ca_file, SSL_CERT_FILE: line.ca_file }),
  };
}
