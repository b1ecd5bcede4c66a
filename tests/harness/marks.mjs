// Times taken where they happen: in the page and in the panel's frame, by the browser's clock.

/** Runs in every document before its own scripts; keeps its findings in `kbcMarks`. */
export function takeMarks() {
  const now = () => performance.timeOrigin + performance.now();
  const marks = { began: performance.timeOrigin, button: null, clicked: null };
  Object.assign(marks, { interactive: null, ran: null, firstLog: null });
  globalThis.kbcMarks = marks;

  // A press of Run makes the log start over: its first line counts only once the old ones are gone.
  let cleared = true;
  const outputLine = () =>
    document.querySelector('[role=log] .line:is([data-stream=stdout], [data-stream=stderr])');
  const look = () => {
    if (!marks.button && document.querySelector('[data-kbc-e2b="button"]')) marks.button = now();
    const run = document.querySelector('[role=tab]');
    if (!marks.interactive && run) marks.interactive = now();
    if (!marks.ran || marks.firstLog) return;
    const line = outputLine();
    if (!line) cleared = true;
    else if (cleared) marks.firstLog = now();
  };
  new MutationObserver(look).observe(document, {
    childList: true,
    subtree: true,
    characterData: true,
    attributes: true,
  });
  const press = (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest('[data-kbc-e2b="button"]')) marks.clicked = now();
    if (target?.closest('button')?.textContent === 'Run in sandbox') {
      Object.assign(marks, { ran: now(), firstLog: null });
      cleared = !outputLine();
    }
  };
  addEventListener('click', press, true);
}

/** The marks of a page or frame, with its first paint of content; all in ms since 1970. */
export function readMarks(frame) {
  return frame.evaluate(() => {
    const [paint] = performance.getEntriesByName('first-contentful-paint');
    return { ...globalThis.kbcMarks, painted: paint && performance.timeOrigin + paint.startTime };
  });
}
