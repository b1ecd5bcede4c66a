// The requests of an upload on each cloud, as rules of the dev stack name them. The name of a file
// stands in the address of each of its requests, so a rule that has it hits this one upload.

const MIB = 2 ** 20;

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
 * - `partBytes`: of the parts of a file that does not go whole; see transfer::layout
 * - `whole`: the one request of a small file
 * - `part`: the part of this number, from 1, of a large one
 * - `begin`, where there is one, and `finish`: the requests before the parts and after them
 */
export const CLOUDS = {
  aws: {
    partBytes: 8 * MIB,
    whole: aws,
    begin: (file) => ({ ...aws(file, '*uploads*'), method: 'POST' }),
    part: (file, number) => aws(file, `*partNumber=${number}&*`),
    finish: (file) => ({ ...aws(file, '*uploadId=*'), method: 'POST' }),
    /** Whether parts go at the same time, and can be told apart by their addresses. */
    inParallel: true,
  },
  azure: {
    partBytes: 8 * MIB,
    whole: azure,
    part: (file, number) => azure(file, `*blockid=${encoded(number)}&*`),
    finish: (file) => azure(file, '*comp=blocklist*'),
    inParallel: true,
  },
  gcp: {
    partBytes: 16 * MIB,
    whole: (file) => ({
      host: 'storage.googleapis.com',
      method: 'PUT',
      path: `*${file.name}*`,
    }),
    begin: (file) => session(file, 'POST'),
    // One after the other: whichever comes after so many is the one.
    part: (file, number) => ({ ...session(file, 'PUT'), after: number - 1 }),
    finish: (file) => ({ ...session(file, 'PUT'), after: parts('gcp', file) - 1 }),
    inParallel: false,
  },
};

/** How many parts a file has: 1 when it goes whole. */
export const parts = (cloud, { bytes }) => Math.max(1, Math.ceil(bytes / CLOUDS[cloud].partBytes));

/** How many bytes its largest request has. */
export const requestBytes = (cloud, { bytes }) => Math.min(bytes, CLOUDS[cloud].partBytes);

/** A part in the middle of a file in many parts: its number. */
export const NINTH = 9;

/** The ninth part or the first, and the only request of a file that goes whole. */
export const middle = (cloud, file) => {
  const count = parts(cloud, file);
  if (count === 1) return CLOUDS[cloud].whole(file);
  return CLOUDS[cloud].part(file, count >= NINTH ? NINTH : 1);
};

/** The request that makes the object. */
export const last = (cloud, file) =>
  parts(cloud, file) > 1 ? CLOUDS[cloud].finish(file) : CLOUDS[cloud].whole(file);
