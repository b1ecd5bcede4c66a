// Two writers of one configuration, in 200 ways in which their reads and writes can meet: no edit of
// either is gone from the newest version without the person having been told and having chosen.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { startDevstack } from '../harness/devstack.mjs';
import { ConfigurationPage } from '../harness/page.mjs';
import { random } from './random.mjs';
import { browse } from './uploads.mjs';

const MEETINGS = 200;
/** Of the moments and the choices: the same in every run of the suite. */
const SEED = 20_261_124;
/** How often a person looks at a review before they give up for this time. */
const LOOKS = 4;

const ANNA = 'anna@example.com';
const OURS = 'user_properties.e2b_timeout';
const here = {};

describe('two writers', () => {
  before(async () => {
    here.folder = mkdtempSync(`${tmpdir()}/kbc-e2b-saving-`);
    here.stack = await startDevstack();
    here.context = await browse({ stack: here.stack, profile: `${here.folder}/profile` });
    here.own = await here.stack.configuration({ code: 'print(1)' });
    const page = new ConfigurationPage(await here.context.newPage());
    here.panel = await page.ready(here.own.url, here.stack.facts);
    here.configuration = (await call('ReadContext', {})).configuration;
    here.settings = await call('ReadSettings', { configuration: here.configuration });
  });
  after(async () => {
    await here.context?.close();
    await here.stack?.stop();
    rmSync(here.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  });
  const next = random(SEED);
  const kinds = new Set();
  for (let number = 0; number < MEETINGS; number += 1) {
    it(`meeting ${number}`, { timeout: 60_000 }, async () => {
      kinds.add(await meeting(number, next));
    });
  }
  it('they met in every way', () => {
    const wanted = ['overtaken', 'saved', 'saved after a choice', 'unchanged'];
    assert.deepEqual([...kinds].toSorted(), wanted);
  });
});

/** A call of the panel to the worker. */
async function call(name, fields) {
  const text = await here.panel.frame.evaluate(
    ([call, body]) => chrome.runtime.sendMessage({ to: 'worker', name: call, body }),
    [name, JSON.stringify(fields)],
  );
  const { Ok: reply, Err: problem } = JSON.parse(text);
  if (problem) throw new Error(`${name}: ${JSON.stringify(problem)}`);
  return reply;
}

/** One meeting: what Anna writes and when, what is saved here, and whether all of it was told. */
async function meeting(number, next) {
  const { stack, configuration, own } = here;
  const pick = (list) => list[Math.floor(next() * list.length)];
  const started = (await stack.versions(own.id))[0].version;
  const mine = 30 + number;
  const settings = { ...here.settings, life_seconds: mine };
  await call('StoreSettings', { configuration, settings });
  const theirs = [];
  const write = async (when) => {
    const key = `w${number}_${theirs.length}`;
    const said = `by hand, ${key}`;
    const set = { [`parameters.user_properties.${key}`]: number };
    if (next() < 0.3) set['parameters.user_properties.e2b_timeout'] = 40_000 + number;
    const old = next() < 0.4 ? { from_version: started } : {};
    theirs.push({ key, said });
    await stack.writeConfiguration(own.id, {
      set,
      author: ANNA,
      description: said,
      ...old,
      ...when,
    });
  };
  if (next() < 0.3) await write({});
  const wanted = { edits: false, settings: true, key: false };
  let review = await call('ReviewSave', { configuration, wanted });
  for (let count = Math.floor(next() * 3); count > 0; count -= 1) {
    await write({
      when: pick(['after_read', 'before_write', 'after_write']),
      after: pick([0, 0, 1]),
    });
  }
  const told = { chosen: [], fields: [], kind: 'unchanged' };
  for (let look = 0; look < LOOKS; look += 1) {
    const side = pick(['mine', 'theirs']);
    const choices = review.conflicts.map(({ field }) => [field, side]);
    const outcome = await call('SaveConfiguration', {
      configuration,
      wanted,
      reviewed: review.current.version,
      choices,
      description: `ours ${number}`,
    });
    if (outcome.review) {
      review = outcome.review;
      continue;
    }
    told.chosen = choices;
    told.saved = outcome.saved?.version ?? outcome.overtaken?.own;
    told.fields = outcome.overtaken?.fields ?? [];
    told.kind = outcome === 'unchanged' ? 'unchanged' : Object.keys(outcome)[0];
    break;
  }
  await stack.clearFaults();
  await nothingLostUntold({ started, theirs, mine, told });
  return told.kind === 'saved' && told.chosen.length > 0 ? 'saved after a choice' : told.kind;
}

async function nothingLostUntold({ started, theirs, mine, told }) {
  const all = (await here.stack.versions(here.own.id)).toReversed();
  const since = all
    .filter(({ version }) => version > started)
    .map(({ text, ...version }) => ({
      ...version,
      properties: JSON.parse(text).parameters.user_properties,
    }));
  const ours = since.filter(({ author }) => author !== ANNA);
  assert.ok(ours.length <= 1, `written ${ours.length} times`);
  assert.deepEqual(
    ours.map(({ version }) => version),
    told.saved === undefined ? [] : [told.saved],
    'what was told is what was written',
  );
  const [own] = ours;
  for (const { key, said } of theirs) {
    const written = since.find(({ description }) => description === said);
    const isReplaced = written && own && written.version < own.version;
    if (!isReplaced) continue;
    // What Anna herself replaced meanwhile is not ours to tell.
    const before = since.find(({ version }) => version === own.version - 1);
    if (!(key in before.properties) || key in own.properties) continue;
    assert.ok(told.fields.includes(`user_properties.${key}`), `${key} was replaced untold`);
  }
  if (!own) return;
  const newest = since.at(-1);
  const asWanted = own.properties.e2b_timeout === mine;
  const leftTheirs = told.chosen.some(([field, side]) => field === OURS && side === 'theirs');
  assert.ok(asWanted || leftTheirs, 'our own edit is in our own version');
  if (asWanted && newest.properties.e2b_timeout !== mine) {
    assert.ok(told.fields.includes(OURS), 'our own edit was replaced untold');
  }
}
