import { createPublicKey } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../messages/user-error.ts';
import { renderEvidence } from '../output/evidence-text.ts';
import { secondsSince, systemClock } from '../release/clock.ts';
import type { Evidence } from '../release/evidence.ts';
import type { Result, Start } from './definition.ts';
import { environmentArgument, jsonOption, targetOption } from './options.ts';
import type { TargetOptions, Terminal } from './session.ts';

interface EvidenceOptions extends TargetOptions {
  readonly output?: string;
  readonly githubRun?: string;
  readonly verify?: string;
  readonly publicKey?: string;
}

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(environmentArgument(command)))
    .argument('[version]', 'release (default: the one that runs)')
    .option('--output <file>', 'where to write it (default: evidence-<environment>-<version>.json)')
    .option('--github-run <id>', 'workflow run whose approvals to include (default: GITHUB_RUN_ID)')
    .option('--verify <file>', 'verify a file that was written before, and show it; asks nothing and nobody else')
    .option('--public-key <file>', 'key to verify with')
    .action(async (environment: string, version: string | undefined, options: EvidenceOptions) => {
      await start(options, async ({ terminal, paint, progress }): Promise<Result> => {
        const startedAt = systemClock.now();
        if (options.verify !== undefined) return await verified(options.verify, options.publicKey, startedAt, paint);
        const { requireSigningKey } = await import('./signing-key.ts');
        const key = await requireSigningKey(terminal);
        const { makeEvidence } = await import('../release/evidence.ts');
        const { keyIdOf } = await import('../release/signed-statement.ts');
        const { openEnvironmentTarget, whoRuns } = await import('./session.ts');
        const names = [environment, ...(await predecessors(terminal.projectDirectory, environment))];
        progress.step(`Read the ledgers of ${names.join(', ')}`);
        const places = await Promise.all(
          names.map(async (name) => ({
            environment: name,
            target: await openEnvironmentTarget(terminal, options, name),
          })),
        );
        const { evidence, envelope } = await makeEvidence({
          environment,
          version,
          places,
          approvals: () => approvals(terminal, options.githubRun),
          by: whoRuns(terminal),
          clock: systemClock,
          key,
        });
        const file = resolve(options.output ?? `evidence-${environment}-${evidence.release.version}.json`);
        await writeFile(file, `${JSON.stringify(envelope)}\n`, { flag: 'wx' }).catch(refuseToOverwrite(file));
        const unknown = [...evidence.places.map(({ attempts }) => attempts), evidence.approvals].filter(
          (part) => 'unknown' in part,
        ).length;
        const keyId = keyIdOf(createPublicKey(key));
        const seconds = secondsSince(systemClock, startedAt);
        return {
          json: { environment, target: options.target, file, keyId, unknown, evidence, seconds },
          text: renderEvidence(evidence, paint),
          summary: {
            did: `Signed the evidence of ${evidence.release.version}: ${file}`,
            ending: unknown === 0 ? 'done' : 'attention',
            seconds,
            lines: [`Key ${keyId.slice(0, 12)}; docs/evidence.md says how to verify it without this project.`],
          },
        };
      });
    });
}

async function verified(
  path: string,
  publicKey: string | undefined,
  startedAt: number,
  paint: Parameters<typeof renderEvidence>[1],
): Promise<Result> {
  const { contentOf, verificationKey } = await import('./signing-key.ts');
  const { openStatement } = await import('../release/signed-statement.ts');
  const { evidenceType } = await import('../release/evidence.ts');
  if (publicKey === undefined) {
    throw new UserError({
      code: 'USAGE',
      message: '--verify needs --public-key.',
      rule: 'A key that comes with the file could be of whoever changed it.',
      remedy: '`--public-key key.pub`, from whoever signs.',
    });
  }
  const statement = openStatement(await contentOf(path), await verificationKey(publicKey), path);
  if (statement.predicateType !== evidenceType) {
    throw new UserError({
      code: 'SIGNATURE_INVALID',
      message: `${path} is signed, and no evidence of a release: it is ${statement.predicateType}.`,
    });
  }
  // Its form is that of whoever signed it.
  const evidence = statement.predicate as Evidence;
  return {
    json: { file: path, valid: true, evidence, seconds: secondsSince(systemClock, startedAt) },
    text: renderEvidence(evidence, paint),
    summary: {
      did: `${path} is as it was signed, with the key of ${publicKey}`,
      seconds: secondsSince(systemClock, startedAt),
    },
  };
}

/** The environments that a release passes through before this one, the nearest first. */
async function predecessors(projectDirectory: string, environment: string): Promise<readonly string[]> {
  const { readPromotionChain } = await import('../program/promotion-chain.ts');
  const chain = await readPromotionChain(projectDirectory);
  const found: string[] = [];
  for (let name = chain.predecessor(environment); name !== undefined; name = chain.predecessor(name)) found.push(name);
  return found;
}

async function approvals({ variables }: Terminal, asked: string | undefined) {
  const { readApprovals, unread } = await import('../release/evidence.ts');
  const run = asked ?? variables['GITHUB_RUN_ID'];
  const { GITHUB_REPOSITORY: repository, GITHUB_TOKEN: token, GITHUB_API_URL: api } = variables;
  if (run === undefined || repository === undefined || token === undefined) {
    throw unread(
      'the ledger has who ran a command, not who approved it; in a workflow, GITHUB_TOKEN lets GitHub be asked',
    );
  }
  return await readApprovals(fetch, { api: api ?? 'https://api.github.com', repository, run, token });
}

function refuseToOverwrite(file: string) {
  return (cause: unknown): never => {
    throw new UserError({
      code: 'FILE_EXISTS',
      message: `${file} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}.`,
      rule: 'Evidence is never written over.',
      remedy: 'Name another file with --output.',
      cause,
    });
  };
}
