// What the demo works on: a table and a file from the npm package vega-datasets, and a configuration.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { ROOT } from '../harness/extension.mjs';

/** Everything that the demo makes. */
export const FOLDER = `${ROOT}target/demo`;

/** The file to drop on the panel. */
export const WEATHER = `${FOLDER}/seattle-weather.csv`;

/** Name of the configuration's page in the dev stack's announcement. */
export const PAGE = 'airports_and_weather';

/** Lays the input into the demo's folder; returns the path of the dev stack's seed. */
export function writeSeed() {
  mkdirSync(FOLDER, { recursive: true });
  for (const name of ['airports.csv', 'seattle-weather.csv']) {
    copyFileSync(`${ROOT}node_modules/vega-datasets/data/${name}`, `${FOLDER}/${name}`);
  }
  const path = `${FOLDER}/seed.json`;
  writeFileSync(path, JSON.stringify({ projects: [project()] }, null, 2));
  return path;
}

function project() {
  return {
    id: 1234,
    name: 'Demo',
    features: ['queuev2'],
    tables: [
      { id: 'in.c-geo.airports', csv: 'airports.csv', primary_key: ['iata'], slice_rows: 1000 },
    ],
    configurations: [
      {
        page: PAGE,
        id: '01k7demo0airports0weather0',
        name: 'Airports and weather',
        description: 'Counts airports by state, and adds up the rain of Seattle by year.',
        configuration: configuration(),
      },
    ],
  };
}

function configuration() {
  return {
    parameters: {
      source: 'code',
      venv: 'base',
      user_properties: { debug: false, top: 10 },
      packages: ['keboola.component', 'humanize'],
      code: readFileSync(new URL('script.py', import.meta.url), 'utf8'),
    },
    storage: {
      input: {
        tables: [{ source: 'in.c-geo.airports', destination: 'airports.csv' }],
        files: [],
      },
      output: { tables: [], files: [] },
    },
  };
}
