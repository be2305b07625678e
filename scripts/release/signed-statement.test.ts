import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  openStatement,
  payloadType,
  preAuthenticationEncoding,
  readPrivateKey,
  readPublicKey,
  type Statement,
  signStatement,
  statementType,
} from './signed-statement.ts';

const folder = mkdtempSync(join(tmpdir(), 'signed-'));
afterAll(() => rmSync(folder, { recursive: true }));

const statement: Statement = {
  _type: statementType,
  subject: [{ name: 'app', digest: { sha256: 'ab'.repeat(32) } }],
  predicateType: 'https://example.com/v1',
  predicate: { by: 'ada', note: 'naïve ✓' },
};
const keys = {
  ed25519: generateKeyPairSync('ed25519'),
  'P-256': generateKeyPairSync('ec', { namedCurve: 'P-256' }),
};
const openssl = spawnSync('openssl', ['version']).status === 0;

/** As an auditor would, without this project: what is signed is put together by the shell, openssl verifies it. */
function verifiesWithOpenssl(envelope: { payload: string; signatures: readonly { sig: string }[] }, publicPem: string) {
  const write = (name: string, data: string | Buffer) => {
    writeFileSync(join(folder, name), data);
    return join(folder, name);
  };
  const payload = write('payload', Buffer.from(envelope.payload, 'base64'));
  const signature = write('signature', Buffer.from(envelope.signatures[0]?.sig ?? '', 'base64'));
  const key = write('key.pub', publicPem);
  const signed = join(folder, 'signed');
  execFileSync('/bin/sh', [
    '-c',
    `{ printf 'DSSEv1 ${payloadType.length} ${payloadType} %s ' "$(wc -c < "$1" | tr -d ' ')"; cat "$1"; } > "$2"`,
    'sh',
    payload,
    signed,
  ]);
  const type = execFileSync('openssl', ['pkey', '-pubin', '-in', key, '-text', '-noout'], { encoding: 'utf8' });
  const args = type.includes('ED25519')
    ? ['pkeyutl', '-verify', '-pubin', '-inkey', key, '-rawin', '-in', signed, '-sigfile', signature]
    : ['dgst', '-sha256', '-verify', key, '-signature', signature, signed];
  return spawnSync('openssl', args).status === 0;
}

describe.each(Object.entries(keys))('a statement signed with %s', (_type, { privateKey, publicKey }) => {
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const envelope = signStatement(statement, privateKey);

  it('is read by whoever has the public key', () => {
    expect(openStatement(JSON.stringify(envelope), readPublicKey(pem, 'key.pub'), 'the file')).toEqual(statement);
  });

  it.skipIf(!openssl)('is verified by openssl, and refused by it once a byte of it was changed', () => {
    expect(verifiesWithOpenssl(envelope, pem)).toBe(true);
    for (const at of [0, 40, Buffer.from(envelope.payload, 'base64').length - 1]) {
      const changed = Buffer.from(envelope.payload, 'base64');
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(verifiesWithOpenssl({ ...envelope, payload: changed.toString('base64') }, pem)).toBe(false);
    }
  });

  it('is refused with another key, a changed byte anywhere, another type, and without a signature', () => {
    const other = generateKeyPairSync('ed25519').publicKey;
    const open =
      (text: string, key = publicKey) =>
      () =>
        openStatement(text, key, 'the file');
    const code = expect.objectContaining({ code: 'SIGNATURE_INVALID' });
    expect(open(JSON.stringify(envelope), other)).toThrow(code);
    const payload = Buffer.from(envelope.payload, 'base64');
    for (let at = 0; at < payload.length; at += 1) {
      const changed = Buffer.from(payload);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(open(JSON.stringify({ ...envelope, payload: changed.toString('base64') }))).toThrow(code);
    }
    expect(open(JSON.stringify({ ...envelope, payloadType: 'text/plain' }))).toThrow(code);
    expect(open(JSON.stringify({ ...envelope, signatures: [] }))).toThrow(code);
    expect(open('{}')).toThrow(code);
    expect(open('not JSON')).toThrow(code);
  });
});

it('the lengths keep type and bytes apart', () => {
  // The example of the specification.
  const encoded = preAuthenticationEncoding('http://example.com/HelloWorld', Buffer.from('hello world'));
  expect(encoded.toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
});

it.each([
  [
    'RSA',
    () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
  ],
  [
    'P-384',
    () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
  ],
  ['nothing', () => 'nothing'],
])('a key of %s is refused', (_type, pem) => {
  expect(() => readPrivateKey(String(pem()), 'STACK_SIGNING_KEY')).toThrow(/STACK_SIGNING_KEY has no key/);
});
