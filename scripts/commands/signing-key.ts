import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { UserError } from '../messages/user-error.ts';
import type { Signing } from '../release/release-signature.ts';
import { readPrivateKey, readPublicKey } from '../release/signed-statement.ts';

/** Of the process. */
interface WithVariables {
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** The key to sign with: PEM itself, as a secret of CI is, or the path of a file. Never an argument, which others can read. */
export const signingVariable = 'STACK_SIGNING_KEY';

/** The public key that releases must be signed for: PEM, or the path of a file. */
const verifyVariable = 'STACK_VERIFY_KEY';

/** What the variables of the process say; checked before a command changes anything. */
export async function readSigning(terminal: WithVariables): Promise<Signing> {
  const given = terminal.variables[verifyVariable];
  const sign = await signingKey(terminal);
  if (given === undefined || given === '') return { sign };
  const pem = given.includes('-----BEGIN') ? given : await contentOf(given);
  return { sign, verify: readPublicKey(pem, verifyVariable) };
}

/** `undefined`: none is set. */
export async function signingKey({ variables }: WithVariables): Promise<KeyObject | undefined> {
  const given = variables[signingVariable];
  if (given === undefined || given === '') return undefined;
  return readPrivateKey(given.includes('-----BEGIN') ? given : await contentOf(given), signingVariable);
}

export async function requireSigningKey(terminal: WithVariables): Promise<KeyObject> {
  const key = await signingKey(terminal);
  if (key !== undefined) return key;
  throw new UserError({
    code: 'SIGNING_KEY_MISSING',
    message: `${signingVariable} is not set, so nothing can be signed.`,
    rule: 'Evidence without a signature could have been written by anybody.',
    remedy: `\`openssl genpkey -algorithm ed25519 -out key.pem\`, and ${signingVariable}=key.pem.`,
  });
}

export async function verificationKey(path: string): Promise<KeyObject> {
  return readPublicKey(await contentOf(path), path);
}

export async function contentOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new UserError({
      code: 'FILE_UNREADABLE',
      message: `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`,
      cause,
    });
  }
}
