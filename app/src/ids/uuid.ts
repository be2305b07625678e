const uuidBytes = 16;

/** The 16 bytes that a UUID is (RFC 9562): opaque texts hold them, half as long as the text form. */
export function bytesOfUuid(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

/** @throws TypeError when they are not 16 */
export function uuidOfBytes(bytes: Buffer): string {
  if (bytes.length !== uuidBytes) {
    throw new TypeError(`a UUID has ${uuidBytes} bytes, not ${bytes.length}`);
  }
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
