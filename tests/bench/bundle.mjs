// Peers as one script that a page can run.
import { build } from 'esbuild';

/** The text of the script that begins at this URL. */
export async function bundled(entry) {
  const { outputFiles } = await build({
    entryPoints: [entry.pathname],
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    conditions: ['browser'],
    mainFields: ['browser', 'module', 'main'],
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    plugins: [withoutNode],
    write: false,
    logLevel: 'error',
  });
  return outputFiles[0].text;
}

/** Modules of Node are empty in a page, as every bundler for the browser makes them. */
const withoutNode = {
  name: 'without-node',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'absent' }));
    onLoad({ filter: /.*/, namespace: 'absent' }, () => ({ contents: 'module.exports = {};' }));
  },
};
