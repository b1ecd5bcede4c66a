// What the dev stack itself says of the demo's doings, past the extension.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** Compares a file of this machine with what Storage holds of it. */
export async function compareWithStorage(stack, path) {
  const uploaded = (await stack.files()).find((file) => file.name === basename(path));
  if (!uploaded) throw new Error(`Storage has no file ${basename(path)}`);
  const { bytes, sha256 } = await stack.object(uploaded.id);
  const source = createHash('sha256').update(readFileSync(path)).digest('hex');
  return { bytes, sha256_match: sha256 === source };
}

/** The sandboxes that live, as their host knows them. */
export async function liveSandboxes(stack) {
  const response = await fetch(`${stack.facts.control}/e2b/sandboxes`);
  return response.json();
}
