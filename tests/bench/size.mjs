// How large each wasm of dist/ is, as it lies there and as gzip makes it; `xtask` measures.
import { execFileSync } from 'node:child_process';
import { DIST, ROOT } from '../harness/extension.mjs';
import { summary, withAim } from './statistics.mjs';

/** Aims for the gzip size, in KB (1,000 bytes). */
const AIMS = { content: 40, panel: 250 };

export async function measureSize() {
  const words = ['run', '--quiet', '--package', 'xtask', '--', 'sizes', '--out', DIST];
  const options = { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] };
  const sizes = JSON.parse(execFileSync('cargo', words, options));
  const rows = sizes.flatMap(({ place, bytes, gzip }) => {
    const small = size(`${place}, gzip`, gzip);
    return [size(place, bytes), AIMS[place] ? withAim(small, AIMS[place]) : small];
  });
  return [{ title: 'wasm of dist/', rows }];
}

const size = (what, bytes) => ({ what, unit: 'KB', ...summary([bytes / 1000]) });
