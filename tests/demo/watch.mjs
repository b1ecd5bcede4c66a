// The demo for a person: a browser on the page, and in the terminal what to do there.
import { PAGE, WEATHER } from './seed.mjs';

/** Opens the page, tells what to do, and waits until the window is closed. */
export async function watch(stack, context) {
  const closed = new Promise((resolve) => context.once('close', resolve));
  const page = context.pages()[0] ?? (await context.newPage());
  await page.goto(stack.facts.pages[PAGE]);
  console.log(instructions(stack.facts));
  await closed;
}

function instructions({ e2b, keboola }) {
  return `
Chromium shows a configuration of a local Keboola. Nothing leaves this machine, and so Chromium warns
of its flags and of the certificate: both lead keboola.com, e2b.app and amazonaws.com here.

  1. Press "e2b sandbox" among the actions at the right, then Settings, and save
       e2b API key    ${e2b.api_key}
       Storage token  ${keboola.token}
  2. Under Files, drop this file and press Upload:
       ${WEATHER}
  3. Under Run, press "Run in sandbox"; then look at Outputs.

Close the window or press Ctrl-C to end.
`;
}
