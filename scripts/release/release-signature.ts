import type { KeyObject } from 'node:crypto';
import type { Release } from '../../infra/release/release.ts';
import { Refusal } from '../messages/user-error.ts';
import type { LedgerEntry } from './ledger.ts';
import { type Envelope, openStatement, signStatement, statementType } from './signed-statement.ts';

/** Keys that a command was given. */
export interface Signing {
  /** Private: what `up` has built and verified is signed with it. */
  readonly sign?: KeyObject | undefined;
  /** Public: `promote` and `rollback` run only what was signed with its counterpart. */
  readonly verify?: KeyObject | undefined;
}

/** https://slsa.dev/spec/v1.1/provenance */
const provenanceType = 'https://slsa.dev/provenance/v1';

/** Who built a release from which commit, signed, for its digest. */
export function signRelease(key: KeyObject, release: Release, by: string, at: string): Envelope {
  const { version, image, digest, commit } = release;
  return signStatement(
    {
      _type: statementType,
      subject: [{ name: image, digest: { sha256: digest.replace('sha256:', '') } }],
      predicateType: provenanceType,
      predicate: {
        buildDefinition: {
          buildType: 'urn:nest-fargate:build:v1',
          externalParameters: { version },
          resolvedDependencies: [{ uri: 'git', digest: { gitCommit: commit } }],
        },
        runDetails: { builder: { id: by }, metadata: { finishedOn: at } },
      },
    },
    key,
  );
}

/** The signature of a release in a ledger; the same digest may have been deployed several times. */
export function signatureOf(
  entries: readonly LedgerEntry[],
  { digest }: Pick<Release, 'digest'>,
): Envelope | undefined {
  return entries.findLast(({ release, signature }) => release.digest === digest && signature !== undefined)?.signature;
}

/**
 * Rejects with `RELEASE_NOT_SIGNED` or `SIGNATURE_INVALID` where a key is configured and the digest was not signed with it.
 *
 * @param where the environment whose ledger it is
 */
export function assertSigned(
  { verify }: Signing,
  where: string,
  entries: readonly LedgerEntry[],
  release: Release,
): void {
  if (verify === undefined) return;
  const signature = signatureOf(entries, release);
  if (signature === undefined) {
    throw new Refusal({
      code: 'RELEASE_NOT_SIGNED',
      message: `The ledger of ${where} has no signature of ${release.version}.`,
      rule: 'STACK_VERIFY_KEY is set: only what was signed with its private key when it was built is run.',
      remedy: 'Deploy it again with `up` where STACK_SIGNING_KEY is set.',
    });
  }
  const { subject, predicateType } = openStatement(
    JSON.stringify(signature),
    verify,
    `The signature of ${release.version} in the ledger of ${where}`,
  );
  const signed = subject.some(({ digest }) => `sha256:${digest.sha256}` === release.digest);
  if (signed && predicateType === provenanceType) return;
  throw new Refusal({
    code: 'SIGNATURE_INVALID',
    message: `The signature of ${release.version} in the ledger of ${where} is of something else: ${subject.map(({ digest }) => digest.sha256.slice(0, 12)).join(', ')}.`,
    rule: 'A signature covers one digest.',
  });
}
