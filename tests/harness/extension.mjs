// The built extension, as the browser will know it.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The extension under test. */
export const DIST = process.env.EXTENSION ?? `${ROOT}dist`;

/** The manifest of dist/. */
export function manifest() {
  const path = `${DIST}/manifest.json`;
  if (!existsSync(path)) throw new Error(`${path} is missing: run ./build.sh build first`);
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Chrome's id of an extension: the first half of its key's SHA-256, digits written as a to p. */
export function extensionId() {
  const key = Buffer.from(manifest().key, 'base64');
  const hex = createHash('sha256').update(key).digest('hex').slice(0, 32);
  return [...hex].map((digit) => String.fromCharCode(97 + parseInt(digit, 16))).join('');
}

/**
 * Preferences of a fresh profile whose user has allowed the extension's optional hosts already.
 *
 * Chrome asks for them in a bubble of its own, which no test can press, and
 * `chrome.developerPrivate.addHostPermission` grants withheld hosts only, never optional ones (it
 * resolves and changes nothing; tried in Chromium 156). A profile that names the grant before its
 * first start is taken as it is. `hosts` are those that were allowed; without them all are.
 */
export function preferencesWithUploadsAllowed(hosts) {
  const { permissions, host_permissions, optional_host_permissions } = manifest();
  const granted = {
    api: permissions,
    explicit_host: [...host_permissions, ...(hosts ?? optional_host_permissions)],
    manifest_permissions: [],
    scriptable_host: manifest().content_scripts.flatMap((script) => script.matches),
  };
  const settings = { active_permissions: granted, granted_permissions: granted };
  return { extensions: { settings: { [extensionId()]: settings } } };
}
