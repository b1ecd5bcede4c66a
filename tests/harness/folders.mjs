// Folders on the disk, dropped and browsed as a person does it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Writes `{ 'a/b.csv': bytes, 'empty/': null }` below `root`; the answer is the path of `root`. */
export function writeTree(root, files) {
  for (const [path, bytes] of Object.entries(files)) {
    const at = join(root, path);
    mkdirSync(path.endsWith('/') ? at : dirname(at), { recursive: true });
    if (!path.endsWith('/')) writeFileSync(at, bytes);
  }
  return root;
}

/**
 * Drops paths of the disk on the panel by the browser's own drag and drop, which alone gives a page
 * the folders.
 */
export async function dropPaths(panel, ...files) {
  const page = panel.frame.page();
  const owner = await panel.frame.frameElement();
  const { x, y } = await owner.boundingBox();
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files, dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop']) {
    await session.send('Input.dispatchDragEvent', { type, x: x + 60, y: y + 160, data });
  }
  await session.detach();
}

/** Chooses a folder by Browse folder. */
export async function browseFolder(panel, path) {
  await panel.show('Files');
  const chooser = panel.frame.page().waitForEvent('filechooser');
  await panel.button('Browse folder…').click();
  await (await chooser).setFiles(path);
}
