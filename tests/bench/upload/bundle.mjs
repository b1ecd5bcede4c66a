// The peers as one script that a page can run.
import { build } from 'esbuild';

/** The script's text. */
export async function peersScript() {
  const { outputFiles } = await build({
    entryPoints: [new URL('peers.js', import.meta.url).pathname],
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
