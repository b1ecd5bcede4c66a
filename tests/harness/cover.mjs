// What a page may do to make a person press what they do not see.

/**
 * Puts something over all of the page, clicks go through it. Answers when the browser has told the
 * panel; what it returns takes the cover away again.
 */
export async function cover(page) {
  await page.evaluate(() => {
    const cover = document.createElement('div');
    cover.id = 'cover';
    cover.style = 'position:fixed;inset:0;z-index:2147483647;pointer-events:none;background:#fff9';
    // Above everything: the top layer.
    cover.popover = 'manual';
    document.body.append(cover);
    cover.showPopover();
  });
  await page.waitForTimeout(500);
  return async () => {
    await page.evaluate(() => document.getElementById('cover').remove());
    await page.waitForTimeout(500);
  };
}
