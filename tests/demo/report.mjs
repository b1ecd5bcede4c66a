// The report of an unattended demo, and what must hold of it.

/** A report of which nothing has been reached yet. */
export const emptyReport = () => ({
  button_ms: null,
  panel_ms: null,
  upload: { bytes: null, sha256_match: false },
  run: { exit_code: null, first_log_ms: null, total_ms: null, warm_first_log_ms: null },
  outputs: [],
  sandboxes_left: null,
  page_csp: [],
});

/** What is wrong with a report, in words; empty when all is well. */
export function wrongs(report) {
  const { upload, run, outputs, sandboxes_left: left, page_csp: modes } = report;
  const rules = [
    [run.exit_code === 0, `the script's exit code is ${run.exit_code}, not 0`],
    [upload.sha256_match, 'Storage does not hold the bytes of the dropped file'],
    [outputs.length > 0, 'the run has no outputs'],
    ...outputs.map(({ name, rows }) => [rows > 0, `${name} has no rows`]),
    [left === 0, `sandboxes left: ${left ?? 'not counted'}`],
    ...['none', 'strict'].map((mode) => [
      modes.includes(mode),
      `the job was not done on the page with CSP ${mode}`,
    ]),
  ];
  return rules.filter(([holds]) => !holds).map(([, words]) => words);
}
