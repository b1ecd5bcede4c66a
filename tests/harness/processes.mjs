// Processes of this machine; those of a sandbox are among them.
import { readdirSync, readFileSync } from 'node:fs';

/** All of them: `[{pid, parent, command: […]}]`. */
function processes() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        // "pid (name) state parent …": the name may hold brackets.
        const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
        return [{ pid: Number(pid), parent, command }];
      } catch {
        return []; // it ended meanwhile
      }
    });
}

/** Whether a process with exactly these words is there. */
export const isRunning = (...words) =>
  processes().some(({ command }) => command.join('\0') === words.join('\0'));

/** A process and all below it: `[{pid, parent, command: […]}]`. */
export function treeOf(root) {
  const all = processes();
  const parents = new Map(all.map(({ pid, parent }) => [pid, parent]));
  const isInside = (pid) => pid === root || (parents.has(pid) && isInside(parents.get(pid)));
  return all.filter(({ pid }) => isInside(pid));
}

/** The process of the browser that has this profile; its others are below it. */
export function browserOf(profile) {
  const isOwn = ({ command }) =>
    command.some((word) => word === `--user-data-dir=${profile}`) &&
    !command.some((word) => word.startsWith('--type='));
  return processes().find(isOwn).pid;
}

/** Ids of the runs whose runner is in a sandbox, begun or waiting for its plan. */
export function runnersIn({ pid: root }) {
  return treeOf(root)
    .filter(({ command }) => command.some((word) => word.includes('kbc_runner')))
    .map(({ command }) => command.at(-1).split('/').at(-1));
}

/** Ends a browser as a power cut does: every process of the profile, at once. */
export async function killBrowser(profile) {
  const own = () =>
    processes().filter(({ command }) => command.some((word) => word.includes(profile)));
  for (const { pid } of own()) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it ended meanwhile
    }
  }
  while (own().length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
}
