// Where the numbers were taken: without it they mean nothing.
import { spawnSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';

/** Facts of this machine, now. */
export function machine() {
  const { stdout } = spawnSync(process.env.CHROMIUM ?? '/usr/bin/chromium', ['--version'], {
    encoding: 'utf8',
  });
  return {
    date: new Date().toISOString(),
    cores: cpus().length,
    cpu: cpus()[0]?.model,
    memory_gib: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    // Other work that went on beside; more than the cores spoils the numbers.
    load_1_min: loadavg()[0],
    chromium: stdout?.match(/[\d.]{5,}/)?.[0],
    node: process.version,
  };
}
