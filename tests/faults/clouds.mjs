// The requests of an upload on each cloud, as rules of the dev stack name them. The name of a file
// stands in the address of each of its requests, so a rule that has it hits this one upload.

/** Parts of a file that does not go whole; see transfer::layout. */
const PART_BYTES = 16 * 2 ** 20;

const encoded = (number) =>
  encodeURIComponent(Buffer.from(String(number - 1).padStart(6, '0')).toString('base64'));

const aws = (file, query = '*') => ({
  host: '*.amazonaws.com',
  method: 'PUT',
  path: `*${file.name}*`,
  query,
});

const azure = (file, query = '*') => ({
  host: '*.blob.core.windows.net',
  method: 'PUT',
  path: `*${file.name}*`,
  query,
});

const session = (file, method) => ({
  host: 'storage.googleapis.com',
  method,
  path: '/upload/*',
  query: `*${file.stem}*`,
});

/**
 * - `whole`: the one request of a small file
 * - `part`: the part of this number, from 1, of a large one
 * - `begin`, where there is one, and `finish`: the requests before the parts and after them
 */
export const CLOUDS = {
  aws: {
    whole: aws,
    begin: (file) => ({ ...aws(file, '*uploads*'), method: 'POST' }),
    part: (file, number) => aws(file, `*partNumber=${number}&*`),
    finish: (file) => ({ ...aws(file, '*uploadId=*'), method: 'POST' }),
    /** Whether parts go at the same time, and can be told apart by their addresses. */
    inParallel: true,
  },
  azure: {
    whole: azure,
    part: (file, number) => azure(file, `*blockid=${encoded(number)}&*`),
    finish: (file) => azure(file, '*comp=blocklist*'),
    inParallel: true,
  },
  gcp: {
    whole: (file) => ({
      host: 'storage.googleapis.com',
      method: 'PUT',
      path: `*${file.name}*`,
    }),
    begin: (file) => session(file, 'POST'),
    // One after the other: whichever comes after so many is the one.
    part: (file, number) => ({ ...session(file, 'PUT'), after: number - 1 }),
    finish: (file) => ({ ...session(file, 'PUT'), after: parts(file) - 1 }),
    inParallel: false,
  },
};

/** How many parts a file has: 1 when it goes whole. */
export const parts = ({ bytes }) => (bytes > PART_BYTES ? Math.ceil(bytes / PART_BYTES) : 1);

/** How many bytes its largest request has. */
export const requestBytes = ({ bytes }) => Math.min(bytes, PART_BYTES);

/** A part in the middle of a large file, and the only request of a small one. */
export const middle = (cloud, file) =>
  parts(file) > 1 ? CLOUDS[cloud].part(file, 9) : CLOUDS[cloud].whole(file);

/** The request that makes the object. */
export const last = (cloud, file) =>
  parts(file) > 1 ? CLOUDS[cloud].finish(file) : CLOUDS[cloud].whole(file);
