// What a user would take instead, in the browser: lib-storage of the AWS SDK, and Uppy with its S3
// plugin. Bundled by ../bundle.mjs; both keep their own defaults.
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import AwsS3 from '@uppy/aws-s3';
import { Uppy } from '@uppy/core';

/** Files at the same time where the peer leaves it to its user: as many as Uppy sends. */
const FILES_AT_ONCE = 6;
const ACL = 'x-amz-acl';

/** Prepares a file in Storage, as every client of it must: where it goes, and with which keys. */
async function prepare({ storage, token }, file) {
  const response = await fetch(`${storage}/v2/storage/files/prepare`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-storageapi-token': token },
    body: JSON.stringify({ name: file.name, sizeBytes: file.size, federationToken: true }),
  });
  if (!response.ok) throw new Error(`files/prepare: ${response.status}`);
  const { id, region, uploadParams } = await response.json();
  const { AccessKeyId, SecretAccessKey, SessionToken } = uploadParams.credentials;
  const client = new S3Client({
    region,
    credentials: {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
    },
  });
  const encryption = uploadParams['x-amz-server-side-encryption'];
  return {
    id,
    client,
    object: {
      Bucket: uploadParams.bucket,
      Key: uploadParams.key,
      ACL: uploadParams.acl,
      ...(encryption ? { ServerSideEncryption: encryption } : {}),
    },
  };
}

async function inPool(items, work) {
  const queue = [...items];
  const worker = async () => {
    while (queue.length > 0) await work(queue.shift());
  };
  await Promise.all(Array.from({ length: FILES_AT_ONCE }, worker));
}

async function libStorage(storage, files) {
  const ids = [];
  await inPool(files, async (file) => {
    const { id, client, object } = await prepare(storage, file);
    ids.push(id);
    await new Upload({ client, params: { ...object, Body: file } }).done();
  });
  return ids;
}

async function uppy(storage, files) {
  const prepared = new Map();
  const client = new Uppy();
  client.addPreProcessor((ids) =>
    inPool(ids, async (id) => {
      const place = await prepare(storage, client.getFile(id).data);
      prepared.set(place.object.Key, place);
      client.setFileMeta(id, { key: place.object.Key });
    }),
  );
  client.use(AwsS3, {
    generateObjectKey: (file) => file.meta.key,
    allowedMetaFields: false,
    signRequest: (request) => sign(prepared.get(request.key), request),
  });
  files.forEach((file, at) => client.addFile({ name: `${at}-${file.name}`, data: file }));
  const { failed } = await client.upload();
  if (failed.length > 0) throw failed[0].error;
  return [...prepared.values()].map(({ id }) => id);
}

async function sign({ client, object }, { method, uploadId, partNumber }) {
  const { ACL: acl, ServerSideEncryption: encryption, ...place } = object;
  const headers = { [ACL]: acl };
  if (encryption) headers['x-amz-server-side-encryption'] = encryption;
  const withHeaders = (command) => ({ command, headers });
  const { command, headers: needed = {} } =
    method === 'PUT' && partNumber
      ? { command: new UploadPartCommand({ ...place, UploadId: uploadId, PartNumber: partNumber }) }
      : method === 'PUT'
        ? withHeaders(new PutObjectCommand(object))
        : uploadId
          ? { command: new CompleteMultipartUploadCommand({ ...place, UploadId: uploadId }) }
          : withHeaders(new CreateMultipartUploadCommand(object));
  const url = await getSignedUrl(client, command, {
    expiresIn: 3600,
    unhoistableHeaders: new Set([ACL, 'x-amz-server-side-encryption']),
  });
  return { url, headers: needed };
}

/** Sends files; the answer is how long it took in ms, and the ids in Storage. */
globalThis.peers = Object.fromEntries(
  Object.entries({ libStorage, uppy }).map(([name, send]) => [
    name,
    async (storage, files) => {
      const began = performance.now();
      const ids = await send(storage, files);
      return { ms: performance.now() - began, ids };
    },
  ]),
);
