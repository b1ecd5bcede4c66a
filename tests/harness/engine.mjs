// The extension's engine, and its end.
import { expect } from './expect.mjs';
import { extensionId } from './extension.mjs';

/** Ends the engine's document, as Chrome does when it is short of memory. */
export async function endEngine(context) {
  const page = await context.newPage();
  await page.goto(`chrome-extension://${extensionId()}/popup.html`);
  await page.evaluate(() => chrome.offscreen.closeDocument());
  await page.close();
}

/** The whole log, as a person downloads it: its lines. */
export async function wholeLog(panel) {
  await panel.show('Run');
  const download = panel.frame.page().waitForEvent('download');
  await panel.button('Download the log').click();
  const stream = await (await download).createReadStream();
  let text = '';
  for await (const chunk of stream) text += chunk;
  expect(text.endsWith('\n')).toBe(true);
  return text.slice(0, -1).split('\n');
}
