// The lines of the last run as the engine tells them: what the panel paints is only what is in view.

/** Listens to the engine from the panel's own frame. */
export class RunLog {
  static async of(panel) {
    await panel.frame.evaluate(() => {
      const runs = new Map();
      let last;
      const lines = (run) => runs.get(run) ?? runs.set(run, []).get(run);
      const take = (event) => {
        if (event.run) last = event.run.run;
        for (const [run, all] of event.snapshot?.logs ?? []) runs.set(run, [...all]);
        if (event.log) lines(event.log.run).push(...event.log.lines);
      };
      const port = chrome.runtime.connect({ name: 'engine-events' });
      port.onMessage.addListener((text) => take(JSON.parse(text)));
      globalThis.lastRunLines = () => lines(last);
    });
    return new RunLog(panel);
  }

  constructor(panel) {
    this.panel = panel;
  }

  /** `[{stream, text}]` of the script, each line once it was put together. */
  async lines() {
    const told = await this.panel.frame.evaluate(() => globalThis.lastRunLines());
    const whole = [];
    for (const { stream, text, continues } of told) {
      if (stream !== 'stdout' && stream !== 'stderr') continue;
      const before = continues && whole.findLast((line) => line.stream === stream);
      if (before) before.text += text;
      else whole.push({ stream, text });
    }
    return whole;
  }
}
