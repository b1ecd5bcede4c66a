// The findings as tables for a person.

const DIGITS = { ms: 1, '×': 2, KB: 1, 'MB/s': 1, MiB: 1 };

/** Prints the groups of one benchmark, `{title, rows}`. */
export function print(name, groups) {
  for (const { title, rows } of groups) {
    console.log(`\n${name}: ${title}`);
    const single = rows.every((row) => row.n === 1);
    const head = single ? ['', 'value', 'aim', ''] : ['', 'n', 'median', 'min', 'max', 'aim', ''];
    const table = [head, ...rows.map((row) => cells(row, single))];
    const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
    for (const [label, ...others] of table) {
      const values = others.map((text, at) =>
        at === others.length - 1 ? text : text.padStart(widths[at + 1]),
      );
      console.log(`  ${label.padEnd(widths[0])}  ${values.join('  ')}`.trimEnd());
    }
  }
}

function aim({ aim: most, least, unit }) {
  if (most !== undefined) return `≤ ${most} ${unit}`;
  return least === undefined ? '' : `≥ ${least} ${unit}`;
}

function cells(row, single) {
  const number = (value) => `${value.toFixed(DIGITS[row.unit])} ${row.unit}`;
  const series = [String(row.n), number(row.median), number(row.min), number(row.max)];
  return [
    row.what,
    ...(single ? [number(row.median)] : series),
    aim(row),
    row.met === undefined ? '' : row.met ? 'met' : 'aim missed',
  ];
}
