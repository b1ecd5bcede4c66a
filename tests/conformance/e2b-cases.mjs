// The npm package `e2b`, unchanged, against the dev stack; started by e2b.test.mjs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { CommandExitError, FileNotFoundError, Sandbox, TimeoutError } from 'e2b';

const TAG = { suite: `conformance js ${process.pid}`, 'a&b': 'c=d e' };
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The cases of all clients, and those that this one has. */
const CASES = readFileSync(new URL('cases.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const own = [];

function works(name, test) {
  own.push(name);
  it(name, test);
}

/** The SDK's own headers lead to the sandbox behind the one address; a link carries none. */
const routed = (sandbox) => ({
  'E2b-Sandbox-Id': sandbox.sandboxId,
  'E2b-Sandbox-Port': '49983',
});

async function listed(query) {
  const pages = Sandbox.list({ query, limit: 1 });
  const all = [];
  while (pages.hasNext) all.push(...(await pages.nextItems()));
  return all;
}

describe('npm e2b', () => {
  let sandbox;

  before(async () => {
    sandbox = await Sandbox.create('base', {
      timeoutMs: 120_000,
      metadata: TAG,
      envs: { GLOBAL: 'everywhere' },
    });
  });
  after(() => sandbox?.kill());

  works('the sandbox is told as it was made', async () => {
    assert.match(sandbox.sandboxId, /^i[a-z0-9]{20}$/);
    const info = await sandbox.getInfo();
    assert.deepEqual(info.metadata, TAG);
    assert.equal(info.name, 'base');
    assert.equal(info.state, 'running');
    const life = info.endAt - info.startedAt;
    assert.ok(Math.abs(life - 120_000) < 2000, `life is ${life} ms`);
    assert.equal(await sandbox.isRunning(), true);
  });

  works('sandboxes are listed by metadata in pages', async () => {
    const other = await Sandbox.create('base', { timeoutMs: 60_000, metadata: TAG });
    try {
      const found = await listed({ metadata: TAG });
      assert.deepEqual(
        found.map((one) => one.sandboxId),
        [other.sandboxId, sandbox.sandboxId],
      );
      assert.deepEqual(await listed({ metadata: { suite: 'nobody' } }), []);
    } finally {
      assert.equal(await other.kill(), true);
    }
    assert.equal(await Sandbox.kill(other.sandboxId), false);
  });

  works('the timeout is set longer and shorter', async () => {
    for (const ms of [300_000, 90_000]) {
      await sandbox.setTimeout(ms);
      const left = (await sandbox.getInfo()).endAt - Date.now();
      assert.ok(Math.abs(left - ms) < 3000, `${left} ms are left of ${ms}`);
    }
  });

  works('a sandbox ends when its time is over', async () => {
    const short = await Sandbox.create('base', { timeoutMs: 1000 });
    assert.equal(await short.isRunning(), true);
    await sleep(1500);
    assert.equal(await short.isRunning(), false);
    assert.equal(await short.kill(), false);
  });

  works('a missing template and a wrong key are refused', async () => {
    await assert.rejects(Sandbox.create('python-3.13'), /template 'python-3.13' not found/);
    await assert.rejects(Sandbox.create('base', { apiKey: 'e2b_00' }), /Invalid API key/);
  });

  works('files are written read and listed', async () => {
    const written = await sandbox.files.write('/data/in/tables/a b.csv', 'id\n1\n');
    assert.equal(written.path, '/data/in/tables/a b.csv');
    assert.equal(await sandbox.files.read('/data/in/tables/a b.csv'), 'id\n1\n');

    const bytes = Uint8Array.from({ length: 300_000 }, (_, index) => index % 251);
    await sandbox.files.write('bytes.bin', bytes.buffer, { gzip: true });
    const back = await sandbox.files.read('bytes.bin', { format: 'bytes' });
    assert.ok(Buffer.from(back).equals(Buffer.from(bytes)));
    assert.equal(
      await sandbox.files
        .read('bytes.bin', { gzip: true, format: 'text' })
        .then((text) => text.length > 0),
      true,
    );

    const many = ['x/1.txt', 'x/y/2.txt', '~/x/ü.txt'].map((path) => ({ path, data: path }));
    const infos = await sandbox.files.write(many);
    assert.deepEqual(
      infos.map((info) => info.path),
      ['/home/user/x/1.txt', '/home/user/x/y/2.txt', '/home/user/x/ü.txt'],
    );
    const names = async (depth) =>
      (await sandbox.files.list('x', { depth })).map((entry) => entry.path);
    assert.deepEqual(await names(1), [
      '/home/user/x/1.txt',
      '/home/user/x/y',
      '/home/user/x/ü.txt',
    ]);
    assert.ok((await names(2)).includes('/home/user/x/y/2.txt'));
    assert.equal(await sandbox.files.read('x/ü.txt'), '~/x/ü.txt');
    assert.equal(await sandbox.files.read((await sandbox.files.write('empty', '')).path), '');
  });

  works('large bytes go up and down in pieces', async () => {
    const pieces = Array.from({ length: 30 }, (_, index) => Buffer.alloc(100_000, index));
    await sandbox.files.write('streamed', new Blob(pieces).stream());
    const read = [];
    for await (const chunk of await sandbox.files.read('streamed', { format: 'stream' })) {
      read.push(chunk);
    }
    assert.ok(read.length > 1, 'it came in pieces');
    assert.ok(Buffer.concat(read).equals(Buffer.concat(pieces)));
  });

  works('files are known moved and removed', async () => {
    await sandbox.files.write('old', 'x', { metadata: { origin: 'test' } });
    const info = await sandbox.files.getInfo('old');
    assert.deepEqual(
      [info.name, info.type, info.size, info.owner, info.group, info.permissions, info.metadata],
      ['old', 'file', 1, 'user', 'user', '-rw-r--r--', { origin: 'test' }],
    );
    assert.equal((await sandbox.files.rename('old', 'deep/er/new')).path, '/home/user/deep/er/new');
    assert.equal(await sandbox.files.exists('old'), false);
    assert.equal(await sandbox.files.makeDir('deep'), false);
    assert.equal(await sandbox.files.makeDir('deeper'), true);
    await sandbox.files.remove('deep');
    assert.equal(await sandbox.files.exists('deep/er/new'), false);
    await assert.rejects(sandbox.files.read('deep/er/new'), FileNotFoundError);
  });

  works('a folder is watched', async () => {
    await sandbox.files.makeDir('watched/sub');
    const seen = [];
    const watch = await sandbox.files.watchDir(
      'watched',
      (event) => seen.push(`${event.type} ${event.name}`),
      {
        recursive: true,
      },
    );
    await sandbox.files.write('watched/sub/a', '1');
    await sandbox.files.makeDir('watched/later');
    await sandbox.files.write('watched/later/b', '1');
    await sandbox.files.remove('watched/sub/a');
    for (let tries = 0; tries < 40 && !seen.includes('remove sub/a'); tries += 1) await sleep(50);
    await watch.stop();
    for (const event of ['create sub/a', 'write sub/a', 'create later', 'remove sub/a']) {
      assert.ok(seen.includes(event), `${event} is not in ${seen.join(', ')}`);
    }
  });

  works('a command streams its lines as they come', async () => {
    const lines = [];
    const begun = Date.now();
    const result = await sandbox.commands.run(
      'for n in 1 2 3; do echo $n; sleep 0.3; done; echo oops >&2',
      {
        onStdout: (text) => lines.push([text, Date.now() - begun]),
      },
    );
    assert.deepEqual([result.stdout, result.stderr, result.exitCode], ['1\n2\n3\n', 'oops\n', 0]);
    const [[, first], [, second], [, third]] = lines;
    assert.ok(
      second - first > 200 && third - second > 200,
      `lines came at ${first}, ${second}, ${third} ms`,
    );
  });

  works('a non zero exit is told with its output', async () => {
    await assert.rejects(sandbox.commands.run('echo out; echo err >&2; exit 7'), (error) => {
      assert.ok(error instanceof CommandExitError);
      assert.deepEqual([error.exitCode, error.stdout, error.stderr], [7, 'out\n', 'err\n']);
      return true;
    });
    await assert.rejects(
      sandbox.commands.run('no-such-program'),
      (error) => error.exitCode === 127,
    );
  });

  works('a command gets its environment folder and user', async () => {
    const { stdout } = await sandbox.commands.run(
      'echo "$GLOBAL $OWN $PWD $(whoami) $HOME $E2B_SANDBOX_ID"',
      {
        envs: { OWN: 'here' },
        cwd: '/tmp',
      },
    );
    assert.equal(stdout.trim(), `everywhere here /tmp user /home/user ${sandbox.sandboxId}`);
    const root = await sandbox.commands.run('whoami; echo "$HOME"', { user: 'root' });
    assert.equal(root.stdout, 'root\n/root\n');
    await assert.rejects(
      sandbox.commands.run('true', { cwd: '/nowhere' }),
      /cwd '\/nowhere' does not exist/,
    );
    await assert.rejects(
      sandbox.commands.run('true', { user: 'nobody' }),
      /invalid username: 'nobody'/,
    );
  });

  works('a command goes on in the background and is stopped', async () => {
    const output = [];
    const started = await sandbox.commands.run('for n in $(seq 100); do echo $n; sleep 0.1; done', {
      background: true,
      timeoutMs: 0,
    });
    await started.disconnect();
    const [process] = (await sandbox.commands.list()).filter((one) => one.pid === started.pid);
    assert.equal(process.cmd, '/bin/bash');
    const again = await sandbox.commands.connect(started.pid, {
      onStdout: (text) => output.push(text),
    });
    for (let tries = 0; tries < 40 && output.length < 2; tries += 1) await sleep(50);
    assert.ok(output.length >= 2);
    assert.equal(await again.kill(), true);
    await assert.rejects(
      again.wait(),
      (error) => error.exitCode === -1 && /signal: killed/.test(error.error),
    );
    assert.equal(await sandbox.commands.kill(started.pid), false);
  });

  works('a command that outlives its limit is ended', async () => {
    const begun = Date.now();
    await assert.rejects(sandbox.commands.run('sleep 30', { timeoutMs: 600 }), TimeoutError);
    assert.ok(Date.now() - begun < 5000);
    // Our clock began before the sandbox's, so its process may live a moment longer.
    let left = await sandbox.commands.list();
    for (let tries = 0; tries < 40 && left.length > 0; tries += 1) {
      await sleep(50);
      left = await sandbox.commands.list();
    }
    assert.deepEqual(left, []);
  });

  works('standard input is fed and closed', async () => {
    const cat = await sandbox.commands.run('cat; echo end', { background: true, stdin: true });
    await cat.sendStdin('first\n');
    await sandbox.commands.sendStdin(cat.pid, 'second\n');
    await cat.closeStdin();
    assert.equal((await cat.wait()).stdout, 'first\nsecond\nend\n');
    const closed = await sandbox.commands.run('cat; echo at once');
    assert.equal(closed.stdout, 'at once\n');
  });

  works('a terminal is opened and resized', async () => {
    let text = '';
    const terminal = await sandbox.pty.create({
      cols: 80,
      rows: 24,
      onData: (bytes) => {
        text += Buffer.from(bytes).toString();
      },
    });
    await sandbox.pty.resize(terminal.pid, { cols: 101, rows: 33 });
    await sandbox.pty.sendInput(terminal.pid, new TextEncoder().encode('stty size; tty; exit\n'));
    await terminal.wait();
    assert.match(text, /33 101/);
    assert.match(text, /\/dev\/pts\/\d/);
  });

  works('links to upload and download are signed', async () => {
    await sandbox.files.write('signed +/&.txt', 'through a link');
    const link = await sandbox.downloadUrl('signed +/&.txt', { useSignatureExpiration: 60 });
    const found = await fetch(link, { headers: routed(sandbox) });
    assert.deepEqual([found.status, await found.text()], [200, 'through a link']);
    const forged = await fetch(link.replace('v1_', 'v1_A'), { headers: routed(sandbox) });
    assert.deepEqual([forged.status, (await forged.json()).message], [401, 'invalid signature']);

    const upload = await sandbox.uploadUrl('sent.txt', { useSignatureExpiration: 60 });
    const body = new FormData();
    body.append('file', new Blob(['up']), 'ignored.txt');
    const sent = await fetch(upload, { method: 'POST', body, headers: routed(sandbox) });
    assert.equal(sent.status, 200);
    assert.equal(await sandbox.files.read('sent.txt'), 'up');
  });

  works('a sandbox is paused and goes on where it was', async () => {
    const paused = await Sandbox.create('base', { timeoutMs: 60_000 });
    try {
      await paused.files.write('kept', 'kept');
      await paused.pause();
      assert.equal((await Sandbox.getInfo(paused.sandboxId)).state, 'paused');
      assert.equal(await paused.isRunning(), false);
      const again = await Sandbox.connect(paused.sandboxId, { timeoutMs: 60_000 });
      assert.equal(await again.files.read('kept'), 'kept');
    } finally {
      await Sandbox.kill(paused.sandboxId);
    }
  });

  works('metrics are told', async () => {
    const [metrics] = await sandbox.getMetrics();
    assert.ok(metrics.cpuCount > 0 && metrics.memTotal > 0 && metrics.diskTotal > 0);
  });

  works('a sandbox that is killed during a command is told', async () => {
    const doomed = await Sandbox.create('base', { timeoutMs: 60_000 });
    const running = doomed.commands.run('sleep 30', { timeoutMs: 0 });
    const failed = assert.rejects(running, /sandbox/i);
    await sleep(200);
    await doomed.kill();
    await failed;
    assert.equal(await doomed.isRunning(), false);
  });

  it('has the cases of all clients', () => assert.deepEqual(own.toSorted(), CASES.toSorted()));
});
