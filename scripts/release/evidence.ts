import type { KeyObject } from 'node:crypto';
import type { Release } from '../../infra/release/release.ts';
import { stackCommand } from '../messages/next-command.ts';
import { Refusal, UserError } from '../messages/user-error.ts';
import type { Clock } from './clock.ts';
import { type Known, known } from './known.ts';
import type { Accepted, LedgerEntry, Verification } from './ledger.ts';
import { type Envelope, type Statement, signStatement, statementType } from './signed-statement.ts';
import { attempts, standing } from './standing.ts';
import type { Target } from './target.ts';
import { differencesFromTruth } from './truth.ts';

export const evidenceType = 'urn:nest-fargate:release-evidence:v1';

/** One attempt to run the release on an environment. */
export interface EvidenceAttempt {
  readonly action: LedgerEntry['action'];
  readonly outcome: LedgerEntry['outcome'];
  readonly by: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly settingsHash: string;
  readonly programCommit: string;
  readonly verification?: Verification;
  /** Rules that were overridden, with the reasons given. */
  readonly accepted?: Accepted;
  readonly reason?: string;
}

/** Who approved a deployment, as the platform that asked them says. */
export interface Approval {
  readonly by: string;
  readonly state: string;
  readonly environment: string;
  readonly comment: string;
}

export interface EvidencePlace {
  readonly environment: string;
  readonly target: Target['kind'];
  readonly attempts: Known<readonly EvidenceAttempt[]>;
  /** Whether it runs there now, by the digests of the running tasks. */
  readonly runs: Known<boolean>;
}

export interface Evidence {
  readonly madeAt: string;
  readonly madeBy: string;
  readonly release: Release;
  /** Where it was meant to go, then each environment before it in the chain of promotion. */
  readonly places: readonly EvidencePlace[];
  readonly approvals: Known<readonly Approval[]>;
  /** What this file does not prove. */
  readonly limits: readonly string[];
}

export interface EvidenceRequest {
  readonly environment: string;
  /** Absent: what the ledger says runs. */
  readonly version?: string | undefined;
  /** Each environment with its platform: the one asked for, then its predecessors. */
  readonly places: readonly { readonly environment: string; readonly target: Target }[];
  readonly approvals: () => Promise<readonly Approval[]>;
  readonly by: string;
  readonly clock: Clock;
  readonly key: KeyObject;
}

const limits = [
  'The signature says who made this file, and that it has not changed. What it says is from the ledger of each environment, which can be written by whoever may write to the platform.',
  'An attempt names the account that ran the command. Where a workflow ran it, that is who started the workflow.',
  'A verification is of the moment at which it ended.',
];

/** What is known of a release on an environment and on those that it came through, signed. */
export async function makeEvidence(
  request: EvidenceRequest,
): Promise<{ readonly evidence: Evidence; readonly envelope: Envelope }> {
  const [first] = request.places;
  if (first === undefined) throw new Error('Evidence needs an environment.');
  const release = await releaseOf(first.target, request.environment, request.version);
  const evidence: Evidence = {
    madeAt: new Date(request.clock.now()).toISOString(),
    madeBy: request.by,
    release,
    places: await Promise.all(request.places.map((place) => readPlace(place, release))),
    approvals: await known(request.approvals),
    limits,
  };
  return { evidence, envelope: signStatement(statementOf(evidence), request.key) };
}

function statementOf(evidence: Evidence): Statement {
  const { image, digest } = evidence.release;
  return {
    _type: statementType,
    subject: [{ name: image, digest: { sha256: digest.replace('sha256:', '') } }],
    predicateType: evidenceType,
    predicate: evidence,
  };
}

async function releaseOf(target: Target, environment: string, version: string | undefined): Promise<Release> {
  const entries = await target.ledger(environment).list();
  const found =
    version === undefined
      ? standing(entries)?.release
      : entries.findLast(({ release }) => release.version === version && release.digest !== '')?.release;
  if (found !== undefined) return found;
  throw new Refusal({
    code: 'RELEASE_UNKNOWN',
    message:
      version === undefined ? `No release runs on ${environment}.` : `The ledger of ${environment} has no ${version}.`,
    remedy: `\`${stackCommand(target.kind, 'history', environment)}\` lists what ran when.`,
  });
}

async function readPlace(
  { environment, target }: EvidenceRequest['places'][number],
  release: Release,
): Promise<EvidencePlace> {
  return {
    environment,
    target: target.kind,
    attempts: await known(async () =>
      attempts(await target.ledger(environment).list())
        .filter(({ entry }) => entry.release.digest === release.digest)
        .map(({ entry, startedAt }) => attemptOf(entry, startedAt)),
    ),
    runs: await known(async () => {
      const observed = await target.observe(environment);
      return observed !== undefined && differencesFromTruth(observed, release).length === 0;
    }),
  };
}

function attemptOf(entry: LedgerEntry, startedAt: string): EvidenceAttempt {
  const { action, outcome, by, at, settingsHash, programCommit, verification, accepted, reason } = entry;
  return {
    ...{ action, outcome, by, startedAt, endedAt: at, settingsHash, programCommit },
    ...(verification === undefined ? {} : { verification }),
    ...(accepted === undefined ? {} : { accepted }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** Which run of which repository, and the token to ask with. */
export interface WorkflowRun {
  readonly api: string;
  readonly repository: string;
  readonly run: string;
  readonly token: string;
}

/**
 * Who approved the deployments of a workflow run.
 * https://docs.github.com/en/rest/actions/workflow-runs#get-the-review-history-for-a-workflow-run
 */
export async function readApprovals(
  request: typeof fetch,
  { api, repository, run, token }: WorkflowRun,
): Promise<readonly Approval[]> {
  const response = await request(`${api}/repos/${repository}/actions/runs/${run}/approvals`, {
    headers: { accept: 'application/vnd.github+json', authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(10_000),
  }).catch((cause: unknown) => {
    throw unread(`GitHub did not answer: ${cause instanceof Error ? cause.message : String(cause)}`);
  });
  if (!response.ok) throw unread(`GitHub answered with ${response.status}`);
  const found: unknown = await response.json();
  return (Array.isArray(found) ? found : []).flatMap((one: GivenApproval) =>
    (one.environments ?? []).map(({ name = '' }) => ({
      by: one.user?.login ?? '',
      state: one.state ?? '',
      environment: name,
      comment: one.comment ?? '',
    })),
  );
}

interface GivenApproval {
  readonly state?: string;
  readonly comment?: string;
  readonly user?: { readonly login?: string };
  readonly environments?: readonly { readonly name?: string }[];
}

export function unread(message: string): UserError {
  return new UserError({ code: 'APPROVALS_UNKNOWN', message });
}
