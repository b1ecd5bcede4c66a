// The demo: the extension on the dev stack, for a person, or with --headless played by itself.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { openChromium } from '../harness/chromium.mjs';
import { startDevstack } from '../harness/devstack.mjs';
import { play } from './play.mjs';
import { emptyReport, wrongs } from './report.mjs';
import { FOLDER, writeSeed } from './seed.mjs';
import { watch } from './watch.mjs';

const USAGE = 'Usage: ./build.sh demo [--headless]';

const words = process.argv.slice(2);
const headless = words.includes('--headless');
const unknown = words.find((word) => word !== '--headless');
if (unknown) end(2, `demo: ${unknown} is not known. ${USAGE}`);
if (!headless && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) {
  end(
    1,
    'demo: there is no display to open a browser on. Play it unattended: ./build.sh demo --headless',
  );
}

const profile = mkdtempSync(`${tmpdir()}/kbc-e2b-demo-`);
process.once('exit', () => rmSync(profile, { recursive: true, force: true, maxRetries: 5 }));
try {
  const stack = await startDevstack({ seed: writeSeed() });
  const context = await openChromium({ profile, resolverRules: stack.resolverRules, headless });
  if (headless) await unattended(stack, context);
  else await watch(stack, context);
  await context.close();
  await stack.stop();
  end(0);
} catch (error) {
  end(1, `demo: ${error.message}`);
}

async function unattended(stack, context) {
  removeOldPictures();
  const page = context.pages()[0] ?? (await context.newPage());
  const report = emptyReport();
  let number = 0;
  const picture = async (name) => {
    const path = `${FOLDER}/${String(++number).padStart(2, '0')}-${name}.png`;
    await page.screenshot({ path });
  };
  let broken;
  try {
    await play({ stack, page, picture, report });
  } catch (error) {
    broken = error;
    await picture('broken').catch(() => {}); // the browser itself may be gone
  }
  writeFileSync(`${FOLDER}/report.json`, `${JSON.stringify(report, null, 2)}\n`);
  console.log(JSON.stringify(report));
  const wrong = [...(broken ? [broken.message] : []), ...wrongs(report)];
  if (wrong.length > 0) throw new Error(`\n- ${wrong.join('\n- ')}\nSee the pictures in ${FOLDER}`);
  console.log(`${number} pictures and report.json are in ${FOLDER}`);
}

function removeOldPictures() {
  for (const name of readdirSync(FOLDER)) {
    if (/^\d\d-.*\.png$/.test(name)) rmSync(`${FOLDER}/${name}`);
  }
}

function end(code, message) {
  if (message) console.error(message);
  process.exit(code);
}
