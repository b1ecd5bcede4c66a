// Faults between the browser and the cloud: what the dev stack does to the requests of one file.
import { CLOUDS, last, middle, parts, requestBytes } from './clouds.mjs';

/** Of a large file: how it begins, a part, how it ends. Of a small one: its only request. */
function everywhere(cloud, file) {
  const { begin, finish, inParallel } = CLOUDS[cloud];
  if (parts(cloud, file) === 1) return [middle(cloud, file)];
  return [
    ...(begin ? [begin(file)] : []),
    middle(cloud, file),
    // Where parts are told apart by their count alone, a repeated one would count as the last.
    ...(inParallel ? [finish(file)] : []),
  ];
}

const half = (cloud, file) => Math.floor(requestBytes(cloud, file) / 2);

/** Each request of {@link everywhere} is answered so twice. */
const answered =
  (kind, more = {}) =>
  (cloud, file) =>
    everywhere(cloud, file).map((rule) => ({ ...rule, kind, times: 2, ...more }));

const WAIT_S = 3;

/**
 * By the words of their cells:
 * - `rules`: what the dev stack is told
 * - `act`: what happens to the file, by its id in Storage, while its request is held
 * - `proof`: tells by the file's requests whether it happened; that every rule was used up is
 *   proved for all of them
 * - `mayFail`: a clear failure is an ending, too
 */
export const WIRE = {
  reset: {
    rules: (cloud, file) => {
      const rules = everywhere(cloud, file);
      return rules.map((rule, at) =>
        at > 0 && at === rules.length - 1 && CLOUDS[cloud].inParallel
          ? // The worst moment: the object is made, and nobody is told.
            { ...rule, kind: 'lost_answer' }
          : // Chromium by itself repeats a request whose connection ended without an answer.
            { ...rule, kind: 'reset', times: 2, accept_bytes: half(cloud, file) },
      );
    },
  },
  stall: {
    rules: (cloud, file) => [
      {
        ...middle(cloud, file),
        kind: 'stall',
        stall_ms: 3_600_000,
        accept_bytes: half(cloud, file),
      },
    ],
  },
  429: { rules: answered('too_many_requests') },
  500: { rules: answered('server_error') },
  '503 with Retry-After': {
    rules: answered('unavailable', { retry_after_s: WAIT_S }),
    proof: (requests) =>
      requests.every((request, at) => {
        if (request.status !== 503) return true;
        const again = requests.slice(at + 1).find((later) => isSame(request, later));
        return again && again.at_ms - request.at_ms >= WAIT_S * 1000;
      }),
  },
  'expired credential': {
    rules: (cloud, file) => {
      // A session of Google's outlives the token that began it.
      const outlives = cloud === 'gcp' && parts(cloud, file) > 1;
      const held = outlives ? CLOUDS[cloud].begin(file) : middle(cloud, file);
      return [{ ...held, kind: 'stall', stall_ms: 6_000 }];
    },
    act: (stack, id) => stack.expireCredentials(id),
    proof: (requests) => requests.some(({ status }) => [400, 401, 403].includes(status)),
  },
  corruption: {
    rules: (cloud, file) => [{ ...middle(cloud, file), kind: 'corrupt', times: 1 }],
    // What is sent in parts to Google is compared with its checksum at the end only.
    proof: (requests) => {
      const corrupted = requests.findIndex(({ fault }) => fault);
      return corrupted >= 0 && requests.slice(corrupted).some(({ status }) => status === 400);
    },
  },
  '200 with an error': {
    rules: (cloud, file) => [{ ...last(cloud, file), kind: 'error_in_ok' }],
    mayFail: true,
  },
};

/** Whether two requests are the same but for when they were signed. */
function isSame(one, other) {
  const bare = ({ method, path, query, headers }) => {
    const asked = new URLSearchParams(query);
    const kept = [...asked].filter(([name]) => !name.startsWith('X-Amz-'));
    const range = headers.find(([name]) => name === 'content-range');
    return JSON.stringify([method, path, kept, range]);
  };
  return bare(one) === bare(other);
}
