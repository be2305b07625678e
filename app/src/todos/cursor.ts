import { bytesOfUuid, uuidOfBytes } from '../ids/uuid.ts';

/** The last row of a page: the next page starts after it. */
export interface Position {
  readonly createdAt: Date;
  readonly id: string;
}

const timeBytes = 8;
const idBytes = 16;
/** The years 1 to 9999: what Postgres can't compare with is no position in any list. */
const firstTimeMs = -62_135_596_800_000;
const lastTimeMs = 253_402_300_799_999;

/** An opaque text for a position: 8 bytes of milliseconds and 16 of the id, base64url. */
export function renderCursor(position: Position): string {
  const time = Buffer.alloc(timeBytes);
  time.writeBigInt64BE(BigInt(position.createdAt.getTime()));
  return Buffer.concat([time, bytesOfUuid(position.id)]).toString('base64url');
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
