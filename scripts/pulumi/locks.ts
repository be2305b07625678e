import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { requestDeadlines } from './request-deadlines.ts';

/** The holder of a lock of a self-managed backend, as written by the CLI (pkg/backend/diy/lock.go). */
export interface LockHolder {
  readonly processId: number;
  readonly user: string;
  readonly host: string;
  /** ISO 8601. */
  readonly at: string;
}

const lockFile = z
  .object({ pid: z.number(), username: z.string(), hostname: z.string(), timestamp: z.string() })
  .transform(({ pid, username, hostname, timestamp }) => ({
    processId: pid,
    user: username,
    host: hostname,
    // The CLI's message has seconds, its file nanoseconds.
    at: timestamp.replace(/\.\d+/, ''),
  }));

/** The holder in the CLI's error: `…: created by root@host (pid 12) at 2026-01-01T00:00:00Z`. */
export function parseLockHolder(text: string): LockHolder | undefined {
  const match = /created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)/.exec(text);
  if (match === null) return undefined;
  const [, user = '', host = '', pid, at = ''] = match;
  return { user, host, processId: Number(pid), at };
}

/**
 * The locks of a stack in a self-managed backend (a folder or a bucket); `undefined` if the backend keeps them elsewhere
 * (Pulumi Cloud, Azure, Google), where only an update finds out.
 */
export async function readLocks(
  backendUrl: string,
  project: string,
  stack: string,
): Promise<readonly LockHolder[] | undefined> {
  const folder = `.pulumi/locks/organization/${project}/${stack}`;
  const url = new URL(backendUrl);
  if (url.protocol === 'file:') return (await readFolder(join(folderOf(url), folder))).map(parseLock);
  if (url.protocol === 's3:') return (await readBucket(url, folder)).map(parseLock);
  return undefined;
}

function parseLock(text: string): LockHolder {
  return lockFile.parse(JSON.parse(text));
}

/** `file://~` and `file://.` are Pulumi's own; what it reports back is resolved already. */
function folderOf(url: URL): string {
  return fileURLToPath(`file://${url.pathname}`);
}

async function readFolder(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return Promise.all(
    names.filter((name) => name.endsWith('.json')).map((name) => readFile(join(folder, name), 'utf8')),
  );
}

/** The query parameters are those of gocloud.dev's S3 URLs, in both spellings that it takes. */
async function readBucket(url: URL, folder: string): Promise<readonly string[]> {
  const query = url.searchParams;
  const flag = (...names: string[]) => names.some((name) => query.get(name) === 'true');
  const endpoint = query.get('endpoint');
  const scheme = flag('disableSSL', 'disable_https') ? 'http' : 'https';
  const client = new S3Client({
    ...(query.has('region') ? { region: query.get('region') ?? '' } : {}),
    ...(query.has('profile') ? { profile: query.get('profile') ?? '' } : {}),
    ...(endpoint === null ? {} : { endpoint: endpoint.includes('://') ? endpoint : `${scheme}://${endpoint}` }),
    forcePathStyle: flag('s3ForcePathStyle', 'use_path_style', 'hostname_immutable'),
    maxAttempts: 5,
    requestHandler: requestDeadlines,
  });
  const root = url.pathname.replace(/^\/|\/$/g, '');
  const texts: string[] = [];
  const pages = paginateListObjectsV2(
    { client },
    { Bucket: url.hostname, Prefix: `${root === '' ? '' : `${root}/`}${folder}/` },
  );
  for await (const page of pages) {
    for (const { Key } of page.Contents ?? []) {
      if (Key === undefined) continue;
      const object = await client.send(new GetObjectCommand({ Bucket: url.hostname, Key }));
      texts.push((await object.Body?.transformToString()) ?? '{}');
    }
  }
  return texts;
}
