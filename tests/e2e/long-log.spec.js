// A log that is longer than what the browser keeps.
import { expect, test } from './fixtures.js';

const LINES = 60_000;

/** 60 MB of lines: about half of them are kept by the engine. */
const code = `
for number in range(${LINES}):
    print(f"{number:06} " + "x" * 993)
`;

test('a panel that comes later tells how much of a long log is gone', async ({
  stack,
  configurationPage,
  picture,
}) => {
  const { url } = await stack.configuration({ code });
  const panel = await configurationPage.ready(url, stack.facts);
  expect(await panel.runToEnd({ timeout: 60_000 })).toMatch(/^exit 0/);
  await configurationPage.page.reload();
  const again = await configurationPage.openPanel();
  const log = again.frame.getByRole('log', { name: 'Log' });
  await expect(log).toContainText(`${String(LINES - 1).padStart(6, '0')} x`);
  await log.focus();
  await again.frame.page().keyboard.press('Control+Home');
  const first = log.locator('.line').first();
  await expect(first).toContainText(/^.* earlier lines are no longer kept\.$/);
  await picture('log-too-long');
  const told = Number(/(\d+) earlier/.exec(await first.textContent())[1]);
  const oldest = Number(/(\d{6}) x/.exec(await log.locator('.line').nth(1).textContent())[1]);
  // Those of the packages and ours went too.
  expect(told).toBeGreaterThanOrEqual(oldest);
  expect(told - oldest).toBeLessThan(100);
  expect(oldest).toBeGreaterThan(10_000);
});
