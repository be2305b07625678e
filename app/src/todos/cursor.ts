/** The last row of a page: the next page starts after it. */
export interface Position {
  readonly createdAt: Date;
  readonly id: string;
}

const timeBytes = 8;
const idBytes = 16;
const lastTimeMs = 8.64e15;

/** An opaque text for a position: 8 bytes of milliseconds and 16 of the id, base64url. */
export function renderCursor(position: Position): string {
  const bytes = Buffer.alloc(timeBytes + idBytes);
  bytes.writeBigInt64BE(BigInt(position.createdAt.getTime()));
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
  if (Math.abs(milliseconds) > lastTimeMs) {
    return undefined;
  }
  const id = bytes.toString('hex', timeBytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { createdAt: new Date(milliseconds), id };
}
