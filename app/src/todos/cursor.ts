import { uuidOfBytes } from '../ids/uuid.ts';

/** The last row of a page: the next page starts after it. */
export interface Position {
  readonly createdAt: Date;
  readonly id: string;
}

const timeBytes = 8;
const idBytes = 16;
/**
 * From 1935 to 10889, which Postgres can compare with, as anything else is no position in any list. By powers of two, so
 * that a pattern can tell it: they are what the first characters stand for.
 */
const firstTimeMs = -(2 ** 40);
const lastTimeMs = 2 ** 48 - 1;

/** What a text must look like to be a cursor; each that does is one. */
export const cursorPattern = '^(AA[A-D][A-Za-z0-9_-]|____)[A-Za-z0-9_-]{28}$';

/** An opaque text for a position: 8 bytes of milliseconds and 16 of the id, base64url. */
export function renderCursor(position: Position): string {
  const bytes = Buffer.allocUnsafe(timeBytes + idBytes);
  const milliseconds = position.createdAt.getTime();
  // In two halves: a BigInt takes several times as long, and each page of a list has a cursor.
  bytes.writeInt32BE(Math.floor(milliseconds / 2 ** 32), 0);
  bytes.writeUInt32BE(milliseconds >>> 0, 4);
  bytes.write(position.id.replaceAll('-', ''), timeBytes, 'hex');
  return bytes.toString('base64url');
}

/** `undefined`: not a cursor that `renderCursor` made. */
export function parseCursor(text: string): Position | undefined {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length !== timeBytes + idBytes || bytes.toString('base64url') !== text) {
    return undefined;
  }
  const milliseconds = Number(bytes.readBigInt64BE());
  if (milliseconds < firstTimeMs || milliseconds > lastTimeMs) {
    return undefined;
  }
  return { createdAt: new Date(milliseconds), id: uuidOfBytes(bytes.subarray(timeBytes)) };
}
