// The npm package `e2b` in a page of the same browser, as its documentation says to use it.
import { Sandbox } from 'e2b';

let key;
let sandbox;

globalThis.peer = {
  async open(apiKey) {
    key = apiKey;
    sandbox = await Sandbox.create('base', { apiKey, timeoutMs: 30 * 60_000 });
    return sandbox.sandboxId;
  },

  /** Writes the files of the page's input below a folder; the answer is how long it took, in ms. */
  async write(folder, files) {
    const began = performance.now();
    const all = files.map((file) => ({ path: `${folder}/${file.name}`, data: file }));
    // No limit: its default of a minute would end a large body.
    const options = { requestTimeoutMs: 0 };
    if (all.length === 1) await sandbox.files.write(all[0].path, all[0].data, options);
    else await sandbox.files.write(all, options);
    return performance.now() - began;
  },

  /** One file compressed, which the package does when it is asked to. */
  async writeGzip(folder, [file]) {
    const began = performance.now();
    const options = { requestTimeoutMs: 0, gzip: true };
    await sandbox.files.write(`${folder}/${file.name}`, file, options);
    return performance.now() - began;
  },

  /** The same by a call for each file, one after the other. */
  async writeEach(folder, files) {
    const began = performance.now();
    for (const file of files) await sandbox.files.write(`${folder}/${file.name}`, file);
    return performance.now() - began;
  },

  /** Runs a command in any sandbox of the key; the answer is its output. */
  async run(id, command) {
    const any = await Sandbox.connect(id, { apiKey: key });
    return (await any.commands.run(command)).stdout;
  },

  close: () => sandbox.kill(),
};
