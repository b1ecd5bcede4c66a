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
    write: false,
    logLevel: 'warning',
  });
  return outputFiles[0].text;
}
