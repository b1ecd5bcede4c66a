// The local Keboola and e2b: starts the program that DEVSTACK names and speaks to its control API.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ROOT } from './extension.mjs';

/** Starts the dev stack. `seed` is the path of a seed file; without one it has its built-in seed. */
export async function startDevstack({ seed } = {}) {
  const program = process.env.DEVSTACK ?? `${ROOT}target/setup/devstack`;
  const words = ['--exit-with-stdin', ...(seed ? ['--seed', seed] : [])];
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve, reject) => {
    child.once('exit', resolve);
    child.once('error', reject);
  });
  const line = await Promise.race([
    new Promise((resolve) => createInterface(child.stdout).once('line', resolve)),
    ended.then((code) => Promise.reject(new Error(`${program} ended with ${code} at its start`))),
  ]);
  return new Devstack(JSON.parse(line), async () => {
    child.stdin.end();
    await ended;
  });
}

/** A dev stack that runs; `facts` is the line that it announced itself with. */
export class Devstack {
  #configurations = 0;
  #tokens = 0;

  constructor(facts, stop) {
    this.facts = facts;
    this.stop = stop;
  }

  /** Flags for Chromium: these hosts are here, and there are no others. */
  get resolverRules() {
    return `${this.facts.host_resolver_rules}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`;
  }

  async #control(method, path, body) {
    const response = await fetch(`${this.facts.control}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text && JSON.parse(text);
  }

  /** Every request so far; the pages' own and the extension's. */
  requests = () => this.#control('GET', '/requests');
  /** The same without their bodies. */
  requestHeads = () => this.#control('GET', '/requests?bodies=false');
  forgetRequests = () => this.#control('DELETE', '/requests');

  files = () => this.#control('GET', '/files');

  /** Jobs of the queue of a configuration, the newest first. */
  jobs = (id) => this.#control('GET', `/configurations/${id}/jobs`);

  /** New jobs stand still for so long, and say that they are so old. */
  jobStarts = ({ delayMs = 300, ageS = 0 } = {}) =>
    this.#control('POST', '/jobs', { start_delay_ms: delayMs, age_s: ageS });

  /** Another person ends a job. */
  killJob = (id) => this.#control('POST', `/jobs/${id}/kill`);

  /** Size and SHA-256 of what Storage holds of a file. */
  object = (id) => this.#control('GET', `/objects/${id}`);

  /** Ends all credentials that were handed out for a file. */
  expireCredentials = (id) => this.#control('POST', `/files/${id}/expire-credentials`);

  /** Ends the unfinished uploads in parts to a file. */
  forgetUploads = (id) => this.#control('POST', `/files/${id}/forget-uploads`);

  /** Makes a file so many seconds old. */
  ageFile = (id, s) => this.#control('POST', `/files/${id}/age`, { s });

  /**
   * A Storage token of its own in the first project, sufficient unless `rights` are given; ends
   * after `lifeInS` seconds if that is given. Returns `{name, token}`.
   */
  async token({ rights, lifeInS } = {}) {
    const name = `own_token_${++this.#tokens}`;
    const sufficient = {
      componentAccess: ['kds-team.app-custom-python'],
      everyBucket: 'write',
      canReadAllFileUploads: true,
    };
    const seed = { name, rights: rights ?? sufficient };
    if (lifeInS !== undefined) seed.expires_in_s = lifeInS;
    const { tokens } = await this.seed({ tokens: [seed] });
    return { name, token: tokens[name] };
  }

  /** Ends a token, as deleting it does. */
  endToken = (name) => this.#control('POST', `/tokens/${name}/expire`);

  /** Gives a token these rights instead of its own. */
  setRights = (name, rights) => this.#control('POST', `/tokens/${name}/rights`, rights);

  /** How many seconds the access tokens of Google's storage live that are handed out from now on. */
  gcsTokenLife = (s) => this.#control('POST', '/gcs/tokens', { life_s: s });

  /** A rule that makes matching requests fail, see crates/devstack/README.md. */
  fault = (rule) => this.#control('POST', '/faults', rule);

  /** The rules that have not hit as often as they may. */
  faults = () => this.#control('GET', '/faults');

  async clearFaults() {
    await this.#control('DELETE', '/faults');
    await this.#control('DELETE', '/writers');
    await this.#control('DELETE', '/e2b/faults');
    await this.slowCreates(0);
  }

  /** `{csp: 'none' | 'strict', dom: 'usual' | 'different' | 'hostile'}`. */
  page = (switches) => this.#control('POST', '/page', switches);

  /** Adds to the first project, or to the one on the cloud `azure` or `gcp`. */
  seed = (more, cloud) =>
    this.#control('POST', '/seed', {
      projects: [
        {
          id: (this.facts.keboola[cloud] ?? this.facts.keboola).project,
          name: 'Dev stack',
          ...more,
        },
      ],
    });

  /**
   * A Custom Python configuration of its own, so that no test meets another's runs.
   * `parameters` and `storage` add to the usual ones; `cloud` is `azure` or `gcp` for a project
   * there. Returns the page's URL, id and name.
   */
  async configuration({
    code,
    name,
    tables = [],
    files = [],
    more = {},
    cloud,
    ...parameters
  } = {}) {
    const page = `own_${++this.#configurations}`;
    const id = `9${process.pid}${String(this.#configurations).padStart(4, '0')}`;
    const input = tables.map(([source, destination]) => ({ source, destination }));
    const configuration = {
      parameters: {
        source: 'code',
        venv: 'base',
        user_properties: { debug: false },
        packages: [],
        ...(code === undefined ? {} : { code }),
        ...parameters,
      },
      storage: { input: { tables: input, files }, output: { tables: [], files: [] } },
    };
    const seed = { id, page, name: name ?? `Configuration ${id}`, configuration };
    const { pages } = await this.seed({ ...more, configurations: [seed] }, cloud);
    return { url: pages[page], id, name: seed.name };
  }

  /** Every version of a configuration, newest first: `version`, `author`, `description`, `text`, …. */
  versions = (id) => this.#control('GET', `/configurations/${id}/versions`);

  /** A development branch is merged or deleted. */
  endBranch = (id) => this.#control('DELETE', `/branches/${id}`);

  /** Another person changes a configuration, now or at a moment; see crates/devstack/README.md. */
  writeConfiguration = (id, write) => this.#control('POST', `/configurations/${id}/write`, write);

  /**
   * The sandboxes that live: `sandboxID`, `metadata`, `state`, …; of E2B's cloud or of another
   * service, `own`, `agents` or `forwarded`.
   */
  sandboxes = (service) => this.#control('GET', `${this.#switches(service)}/sandboxes`);

  #switches(service) {
    return service ? this.facts.e2b.services[service].control : '/e2b';
  }

  /** Ends a sandbox behind the extension's back, as if its life had ended. */
  killSandbox = (id, service) =>
    this.#control('POST', `${this.#switches(service)}/sandboxes/${id}/vanish`);

  /** Gives a sandbox another token: the one that is known opens nothing any more. */
  revokeToken = (id) => this.#control('POST', `/e2b/sandboxes/${id}/revoke-token`);

  /** How far the clocks of e2b's control plane and its sandboxes are ahead of this computer's, in seconds. */
  e2bClock = (s) => this.#control('POST', '/e2b/clock', { ahead_s: s });

  /** Another client of the key makes a sandbox of the cloud. */
  e2bCreate = (metadata) => this.#control('POST', '/e2b/sandboxes', { metadata });

  /** Another client of the key sets the end of a sandbox of the cloud, in seconds from now. */
  e2bTimeout = (id, s) => this.#control('POST', `/e2b/sandboxes/${id}/timeout`, { seconds: s });

  /** How much longer than usual a new sandbox takes to come up. */
  slowCreates = (ms) => this.#control('POST', '/e2b/creates', { delay_ms: ms });

  /** A failure of e2b or of a sandbox, see crates/devstack-e2b. */
  e2bFault = (order) => this.#control('POST', '/e2b/faults', order);

  /** The failures that were ordered and have not happened as often as ordered. */
  e2bFaults = () => this.#control('GET', '/e2b/faults');

  /** Every stream of a sandbox that is open breaks. */
  breakStreams = () => this.#control('POST', '/e2b/break-streams');

  /** The ports of a sandbox open so long after its creation. */
  e2bOpening = (ms) => this.#control('POST', '/e2b/opening', { ms });

  async killAllSandboxes() {
    for (const service of [undefined, ...Object.keys(this.facts.e2b.services)]) {
      for (const { sandboxID } of await this.sandboxes(service)) {
        await this.killSandbox(sandboxID, service);
      }
    }
  }
}
