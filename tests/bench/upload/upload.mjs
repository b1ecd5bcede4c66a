// Uploads to S3 by the extension, by lib-storage and by Uppy, in the same Chromium.
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { ROOT } from '../../harness/extension.mjs';
import { browserOf } from '../../harness/processes.mjs';
import { inBrowser, settle } from '../browser.mjs';
import { amount, duration, ratio, withLeast } from '../statistics.mjs';
import { byLine } from '../line.mjs';
import { watchMemory } from './memory.mjs';
import { Ours, Peer } from './parties.mjs';

const MIB = 1 << 20;
const FOLDER = `${ROOT}target/bench/files`;

const LARGE = { bytes: 1024 * MIB, rounds: 3 };
const SMALL = { files: 1000, bytes: 10_000, rounds: 3 };
/** One round trip of 50 ms; one in a hundred quarters of a MiB ends its connection. */
const LINE = { delay_ms: 25, bits_per_s: 20_000_000, reset_every_bytes: 100 * 256 * 1024 };
const SHAPED = { bytes: 96 * MIB, files: 200, rounds: 3 };

const NAMES = { ours: 'panel', libStorage: '@aws-sdk/lib-storage', uppy: 'Uppy, S3 plugin' };
const GROWTH_MIB = 64;

export async function measureUpload() {
  mkdirSync(FOLDER, { recursive: true });
  try {
    return [...(await direct()), ...(await shaped())];
  } finally {
    rmSync(FOLDER, { recursive: true, force: true });
  }
}

const direct = () =>
  inBrowser(async (browser) => {
    const parties = await open(browser);
    const watched = { ...browser, memory: true };
    const large = await inTurns(watched, parties, [file('large', LARGE.bytes)], LARGE.rounds);
    const many = files(SMALL.files, SMALL.bytes);
    const small = await inTurns(browser, parties, many, SMALL.rounds);
    return [
      group('1 GiB, one file', large, { memory: true }),
      group('1,000 files of 10 KB', small, {}),
    ];
  });

const shaped = () =>
  byLine(LINE, (through) =>
    inBrowser(async (browser) => {
      const parties = await open(browser);
      const one = [file('shaped', SHAPED.bytes)];
      const large = await inTurns(browser, parties, one, SHAPED.rounds);
      const many = files(SHAPED.files, SMALL.bytes);
      const small = await inTurns(browser, parties, many, SHAPED.rounds);
      return [
        group(`${SHAPED.bytes / MIB} MiB by a line of 50 ms and 20 Mbit/s that breaks`, large, {
          aim: 1.3,
        }),
        group(`${SHAPED.files} files of 10 KB by the same line`, small, { aim: 1.3 }),
      ];
    }, through),
  );

async function open(browser) {
  return {
    ours: await Ours.open(browser),
    libStorage: await Peer.open({ ...browser, name: 'libStorage' }),
    uppy: await Peer.open({ ...browser, name: 'uppy' }),
  };
}

/** Rounds in which everybody has a turn, each round beginning with another. */
async function inTurns({ stack, profile, memory = false }, parties, paths, rounds) {
  const names = Object.keys(parties);
  const root = memory && browserOf(profile);
  const wanted = paths.map(digest).sort();
  const samples = Object.fromEntries(
    names.map((name) => [name, { ms: [], growth: [], failed: [] }]),
  );
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length];
      await settle();
      // Reading a browser's memory holds it up: only where it is told.
      const memory = root && watchMemory(root);
      let sent = null;
      try {
        sent = await parties[name].upload(paths);
        samples[name].ms.push(sent.ms);
      } catch (error) {
        if (name === 'ours') throw error;
        samples[name].failed.push(String(error.message).slice(0, 200));
      }
      const growth = memory ? memory.stop() : null;
      if (memory) samples[name].growth.push(growth);
      if (sent) await check(stack, sent.ids, wanted, name);
      const grown = memory ? `, ${Math.round(growth / MIB)} MiB` : '';
      console.error(`upload: ${paths.length} files, ${name}: ${Math.round(sent?.ms)} ms${grown}`);
      await parties[name].tidy();
      // What is in Storage already would be offered for use instead of being sent.
      if (sent) await parties.uppy.remove(sent.ids);
    }
  }
  return { samples, bytes: paths.reduce((sum, path) => sum + sizes.get(path), 0) };
}

/** Nothing counts that did not arrive. */
async function check(stack, ids, wanted, name) {
  // One after the other: a thousand connections at once are more than the dev stack's port takes.
  const there = [];
  for (const id of ids) there.push((await stack.object(id)).sha256);
  if (there.sort().join() !== wanted.join()) throw new Error(`${name}: other bytes arrived`);
}

function group(title, { samples, bytes }, { aim = 1, memory = false }) {
  const rows = Object.entries(samples).flatMap(([name, { ms, failed }]) => {
    const broken = failed.length > 0 ? `, ${failed.length} failed` : '';
    return ms.length > 0 ? [duration(`${NAMES[name]}${broken}`, ms)] : [];
  });
  const { ours, ...peers } = samples;
  const own = duration('ours', ours.ms);
  for (const [name, { ms, failed }] of Object.entries(peers)) {
    if (failed.length > 0) console.error(`upload: ${NAMES[name]} failed: ${failed[0]}`);
    if (ms.length < ours.ms.length) continue;
    // Of throughput: how much longer the peer takes.
    const times = ratio(`throughput, ours / ${NAMES[name]}`, duration(name, ms), own);
    rows.push(withLeast(times, aim));
  }
  rows.push(
    amount(
      'throughput of ours',
      'MB/s',
      ours.ms.map((ms) => bytes / 1000 / ms),
    ),
  );
  if (memory) {
    for (const [name, { growth }] of Object.entries(samples)) {
      const grown = growth.map((bytes_) => bytes_ / MIB);
      rows.push(
        amount(
          `growth of the browser, ${NAMES[name]}`,
          'MiB',
          grown,
          name === 'ours' ? GROWTH_MIB : undefined,
        ),
      );
    }
  }
  return { title, rows };
}

const sizes = new Map();
const digests = new Map();

function file(name, bytes) {
  const path = `${FOLDER}/${name}.bin`;
  const out = openSync(path, 'w');
  const hash = createHash('sha256');
  for (let at = 0; at < bytes; at += 8 * MIB) {
    const piece = randomBytes(Math.min(8 * MIB, bytes - at));
    hash.update(piece);
    writeSync(out, piece);
  }
  closeSync(out);
  sizes.set(path, bytes);
  digests.set(path, hash.digest('hex'));
  return path;
}

function files(count, bytes) {
  return Array.from({ length: count }, (_, at) => {
    const path = `${FOLDER}/${String(at).padStart(4, '0')}.bin`;
    writeFileSync(path, randomBytes(bytes));
    sizes.set(path, bytes);
    digests.set(path, createHash('sha256').update(readFileSync(path)).digest('hex'));
    return path;
  });
}

const digest = (path) => digests.get(path);
