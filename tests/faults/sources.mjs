// The files that are uploaded: three sizes, no two of the same bytes.
import { createHash, randomFillSync } from 'node:crypto';
import { closeSync, createReadStream, ftruncateSync, openSync, writeSync } from 'node:fs';

/** What the matrix goes over, by the words of its cells. */
export const SIZES = { '1 B': 1, '10 MB': 10_000_000, '300 MB': 300_000_000 };

/** Random bytes stand at the begin of every so many. */
const STRIDE = 2 ** 20;
const STAMP = 4096;

let made = 0;

/**
 * Makes a file of random stamps with holes between them: it takes little room on the disk and no
 * time, yet no two places of it and no two files are alike, so that a part in the wrong place, of
 * another file, or cut short has another checksum.
 *
 * @returns {{path: string, name: string, stem: string, bytes: number, sha256: () => Promise<string>}}
 */
export function source(folder, stem, bytes) {
  const name = `${stem}.bin`;
  const path = `${folder}/${name}`;
  const file = openSync(path, 'w');
  ftruncateSync(file, bytes);
  for (let at = 0; at < bytes; at += STRIDE) {
    const stamp = randomFillSync(Buffer.alloc(Math.min(STAMP, bytes - at)));
    // Of a file of one byte chance alone makes two that are alike, and the panel rightly offers the
    // one that Storage has instead of sending the other.
    if (at === 0) stamp[0] = made++ % 256;
    writeSync(file, stamp, 0, null, at);
  }
  closeSync(file);
  return { path, name, stem, bytes, sha256: () => checksum(path) };
}

/** A name for a cell's file that every cloud takes as it is, also in a query. */
export const stemOf = (...words) => words.join('').replaceAll(/[^a-zA-Z0-9]/g, '');

async function checksum(path) {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { highWaterMark: STRIDE })) hash.update(piece);
  return hash.digest('hex');
}
