// How much memory a browser takes: what its processes have for themselves, and their share of the
// rest (PSS, as Linux counts it).
import { readFileSync } from 'node:fs';
import { treeOf } from '../../harness/processes.mjs';

const EVERY_MS = 200;

/** PSS of a process and all below it, in bytes. */
function memoryOf(root) {
  let bytes = 0;
  for (const { pid } of treeOf(root)) {
    try {
      const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
      bytes += 1024 * Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0);
    } catch {
      // it ended meanwhile
    }
  }
  return bytes;
}

/** Watches a browser's memory; `stop` tells by how much it grew at its most, in bytes. */
export function watchMemory(root) {
  const before = memoryOf(root);
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, memoryOf(root))), EVERY_MS);
  return {
    stop() {
      clearInterval(timer);
      return most - before;
    },
  };
}
