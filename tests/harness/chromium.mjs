// Chromium with the extension, reaching the dev stack and nothing else.
import { mkdirSync, writeFileSync } from 'node:fs';
import { chromium } from '@playwright/test';
import { DIST, preferencesWithUploadsAllowed } from './extension.mjs';

// Of two lists the last one counts, so Playwright's own (1.65) stands here, too.
const DISABLED_FEATURES = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'TcpPortRandomizationWin',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
  // Pages of the address bar, which nobody opens here: a quarter of all that a browser computes
  // until the panel is ready.
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
];

const FLAGS = [
  `--disable-features=${DISABLED_FEATURES}`,
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--ignore-certificate-errors',
  `--disable-extensions-except=${DIST}`,
  `--load-extension=${DIST}`,
];

/**
 * Opens a browser on a profile folder.
 *
 * @param {object} options
 * @param {string} options.profile folder of the profile; made when it is not there
 * @param {string} options.resolverRules hosts of the dev stack, for --host-resolver-rules
 * @param {boolean} [options.headless]
 * @param {boolean} [options.allowUploads] as if the user had allowed the optional hosts before
 * @param {string[]} [options.allowedHosts] only these of them
 * @param {{width: number, height: number}} [options.viewport]
 */
export async function openChromium(options) {
  const { profile, resolverRules, headless = true, allowUploads = true } = options;
  if (allowUploads) allowOptionalHosts(profile, options.allowedHosts);
  return chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    // The new headless mode, the only one that runs extensions, is asked for by a flag.
    headless: false,
    ignoreHTTPSErrors: true,
    ignoreDefaultArgs: ['--disable-extensions'],
    viewport: headless ? (options.viewport ?? { width: 1280, height: 860 }) : null,
    args: [
      ...FLAGS,
      ...(headless ? ['--headless=new'] : []),
      `--host-resolver-rules=${resolverRules}`,
    ],
  });
}

function allowOptionalHosts(profile, hosts) {
  mkdirSync(`${profile}/Default`, { recursive: true });
  try {
    const text = JSON.stringify(preferencesWithUploadsAllowed(hosts));
    writeFileSync(`${profile}/Default/Preferences`, text, { flag: 'wx' });
  } catch (error) {
    // A profile that was used before keeps what it has.
    if (error.code !== 'EEXIST') throw error;
  }
}
