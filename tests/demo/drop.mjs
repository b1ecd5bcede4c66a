// A drop as the browser itself makes it when a file comes from the desktop.
import { expect } from '../harness/expect.mjs';

/**
 * Drags a file over the open panel and drops it.
 *
 * @param {import('@playwright/test').Page} page
 * @param {import('../harness/panel.mjs').Panel} panel
 * @param {string} path the file
 * @param {() => Promise<void>} whileOver called while the file hovers over the panel
 */
export async function dropFromDesktop(page, panel, path, whileOver) {
  const { width, height } = await page.evaluate(() => ({ width: innerWidth, height: innerHeight }));
  const point = { x: width - 200, y: height / 2 };
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  const devtools = await page.context().newCDPSession(page);
  const drag = (type) => devtools.send('Input.dispatchDragEvent', { type, ...point, data });
  await drag('dragEnter');
  await drag('dragOver');
  await expect(panel.frame.locator('.drop.over')).toBeVisible();
  await whileOver();
  await drag('drop');
  await devtools.detach();
}
