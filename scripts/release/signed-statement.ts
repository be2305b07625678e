import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { UserError } from '../messages/user-error.ts';

/**
 * An in-toto statement in a DSSE envelope: what cosign, SLSA's tools and GitHub's attestations write and read.
 * https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
 * https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
 */
export const statementType = 'https://in-toto.io/Statement/v1';
export const payloadType = 'application/vnd.in-toto+json';

export interface Statement {
  readonly _type: typeof statementType;
  readonly subject: readonly { readonly name: string; readonly digest: { readonly sha256: string } }[];
  readonly predicateType: string;
  readonly predicate: object;
}

export const envelopeSchema = z.object({
  payloadType: z.literal(payloadType),
  payload: z.string(),
  signatures: z.array(z.object({ keyid: z.string().default(''), sig: z.string() })).min(1),
});

export type Envelope = z.output<typeof envelopeSchema>;

const statementSchema = z.object({
  _type: z.literal(statementType),
  subject: z.array(z.object({ name: z.string(), digest: z.object({ sha256: z.string() }) })).min(1),
  predicateType: z.string(),
  predicate: z.looseObject({}),
});

/** What is signed: the type and the bytes, each with its length, so that neither can be taken for the other. */
export function preAuthenticationEncoding(type: string, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload]);
}

/** Signs with Ed25519 or ECDSA on P-256, whichever the key is of. */
export function signStatement(statement: Statement, privateKey: KeyObject): Envelope {
  const payload = Buffer.from(JSON.stringify(statement));
  const signature = sign(hashOf(privateKey), preAuthenticationEncoding(payloadType, payload), privateKey);
  return {
    payloadType,
    payload: payload.toString('base64'),
    signatures: [{ keyid: keyIdOf(createPublicKey(privateKey)), sig: signature.toString('base64') }],
  };
}

/**
 * @returns the statement, if one of its signatures is of the key
 *
 * Throws `SIGNATURE_INVALID` for whatever else it is: another key, a changed byte, no envelope at all.
 */
export function openStatement(text: string, publicKey: KeyObject, what: string): Statement {
  const envelope = parseEnvelope(text);
  if (envelope === undefined) throw invalid(what, 'it is not a DSSE envelope with an in-toto statement');
  const payload = Buffer.from(envelope.payload, 'base64');
  const signed = preAuthenticationEncoding(envelope.payloadType, payload);
  const valid = envelope.signatures.some(({ sig }) =>
    verify(hashOf(publicKey), signed, publicKey, Buffer.from(sig, 'base64')),
  );
  if (!valid) {
    throw invalid(what, `none of its signatures is of the key ${keyIdOf(publicKey).slice(0, 12)}, or it was changed`);
  }
  const statement = statementSchema.safeParse(readJson(payload.toString('utf8')));
  if (!statement.success) throw invalid(what, 'what is signed is not an in-toto statement');
  return statement.data;
}

function parseEnvelope(text: string): Envelope | undefined {
  const parsed = envelopeSchema.safeParse(readJson(text));
  return parsed.success ? parsed.data : undefined;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** SHA-256 of the public key in DER: the same whoever writes it. */
export function keyIdOf(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

/** Ed25519 has its own hash; ECDSA takes one. */
function hashOf(key: KeyObject): 'sha256' | null {
  return key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
}

/** @param source where it is from, for the message; never the key itself */
export function readPrivateKey(pem: string, source: string): KeyObject {
  return usable(source, () => createPrivateKey(pem));
}

export function readPublicKey(pem: string, source: string): KeyObject {
  return usable(source, () => createPublicKey(pem));
}

function usable(source: string, read: () => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch (cause) {
    throw notAKey(source, 'no key in PEM could be read', cause);
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails } = key;
  if (type === 'ed25519' || (type === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1')) return key;
  throw notAKey(source, `it is of the type ${type}`);
}

function notAKey(source: string, why: string, cause?: unknown): UserError {
  return new UserError({
    code: 'SIGNING_KEY_INVALID',
    message: `${source} has no key to sign or verify with: ${why}.`,
    rule: 'A key is Ed25519 or ECDSA on P-256, in PEM, without a passphrase.',
    remedy: '`openssl genpkey -algorithm ed25519 -out key.pem`, and `openssl pkey -in key.pem -pubout -out key.pub`.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function invalid(what: string, why: string): UserError {
  return new UserError({
    code: 'SIGNATURE_INVALID',
    message: `${what} is not what was signed: ${why}.`,
    rule: 'Only what the signature covers, byte for byte, is believed.',
    remedy: 'Get the file again from whoever signed it, with their public key.',
  });
}
