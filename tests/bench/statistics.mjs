// What a series of samples says, and how it stands to an aim.

/** Median, least and most of a series. */
export function summary(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  return { n: sorted.length, median, min: sorted[0], max: sorted.at(-1), samples };
}

/** A row of durations in milliseconds; `atMost` is the aim for the median. */
export function duration(what, samples, atMost) {
  if (samples.length === 0 || !samples.every((ms) => Number.isFinite(ms) && ms > 0)) {
    throw new Error(`${what}: these are no durations: ${samples}`);
  }
  const row = { what, unit: 'ms', ...summary(samples) };
  return atMost === undefined ? row : withAim(row, atMost);
}

/** A row of another amount; `atMost` is the aim for the median. */
export function amount(what, unit, samples, atMost) {
  if (samples.length === 0 || !samples.every(Number.isFinite)) {
    throw new Error(`${what}: these are no amounts: ${samples}`);
  }
  const row = { what, unit, ...summary(samples) };
  return atMost === undefined ? row : withAim(row, atMost);
}

/** The row with an aim that the median must reach. */
export function withLeast(row, atLeast) {
  return { ...row, least: atLeast, met: row.median >= atLeast };
}

/**
 * A row of the ratio of two durations that were taken in turns. The value is the ratio of the
 * medians; least and most are those of the single rounds.
 */
export function ratio(what, ours, theirs, atMost) {
  const rounds = summary(ours.samples.map((ms, round) => ms / theirs.samples[round]));
  const row = { what, unit: '×', ...rounds, median: ours.median / theirs.median };
  return atMost === undefined ? row : withAim(row, atMost);
}

/** The row with its aim, and whether it is met. */
export function withAim(row, atMost) {
  return { ...row, aim: atMost, met: row.median <= atMost };
}
