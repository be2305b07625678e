import type { Command } from 'commander';
import { shortCommit } from '../messages/commit.ts';
import { stackCommand } from '../messages/next-command.ts';
import { Refusal } from '../messages/user-error.ts';
import { verified } from '../messages/verified.ts';
import { paintFor } from '../output/paint.ts';
import { renderRollback } from '../output/proposal.ts';
import type { ProgramOfCommit } from '../program/check-out.ts';
import { secondsSince } from '../release/clock.ts';
import type { Flow } from '../release/flow.ts';
import type { RollbackProposal, RollbackResult } from '../release/rollback.ts';
import type { Result, Start } from './definition.ts';
import { environmentArgument, jsonOption, targetOption } from './options.ts';
import type { TargetOptions, Terminal } from './session.ts';

interface RollbackOptions extends TargetOptions {
  readonly to?: string;
  readonly yes?: true;
  readonly dryRun?: true;
  readonly stack?: true;
  readonly reason?: string;
  readonly evenFrozen?: true;
  readonly acceptUnknownMigrations?: true;
  readonly gradual?: true;
}

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(environmentArgument(command)))
    .option('--to <version>', 'release to roll back to (default: the last good one before the current one)')
    .option('--stack', 'also restore the program and the settings that the release ran with')
    .option('--yes', 'skip the confirmation')
    .option('--dry-run', 'show what would change and exit')
    .option('--reason <text>', 'why; kept with the hold on the release that is left')
    .option('--even-frozen', 'roll back although the environment is frozen')
    .option('--accept-unknown-migrations', 'roll back although nobody knows whether the release fits the schema')
    .option('--gradual', 'follow deploymentStrategy with its bake times, instead of shifting all traffic at once')
    .action(async (environment: string, options: RollbackOptions) => {
      await start(options, async ({ terminal, progress, show }) => {
        const { openEnvironmentFlow } = await import('./session.ts');
        if (options.stack === true) await assertCommitted(terminal, environment);
        const flow = await openEnvironmentFlow(terminal, options, progress, environment);
        const present = async (proposal: RollbackProposal) =>
          await show(renderRollback(proposal, paintFor(terminal.stderr)));
        return options.stack === true
          ? await rollbackStack({ terminal, flow, environment, options, present })
          : resultOf(await rollbackRelease({ flow, environment, options, present }), options);
      });
    });
}

/** What a stack file is made from may have changed since, and its own content is in no commit. */
async function assertCommitted({ projectDirectory }: Terminal, environment: string): Promise<void> {
  const { readExpiring } = await import('../program/expiring-environment.ts');
  if (readExpiring(projectDirectory, environment) === undefined) return;
  throw new Refusal({
    code: 'STACK_NEVER_COMMITTED',
    message: `The settings of ${environment}, which expires, are in no commit.`,
    rule: 'rollback --stack restores program and settings from a commit.',
    remedy: 'Roll the release back alone, without --stack.',
  });
}

interface Request {
  readonly flow: Flow;
  readonly environment: string;
  readonly options: RollbackOptions;
  readonly present: (proposal: RollbackProposal) => Promise<void>;
}

interface StackRequest extends Request {
  readonly terminal: Terminal;
}

async function rollbackRelease({ flow, environment, options, present }: Request): Promise<RollbackResult> {
  const { rollback } = await import('../release/rollback.ts');
  return await rollback(flow, environment, {
    ...(options.to === undefined ? {} : { to: options.to }),
    yes: options.yes === true,
    dryRun: options.dryRun === true,
    evenFrozen: options.evenFrozen === true,
    acceptUnknownMigrations: options.acceptUnknownMigrations === true,
    // A program of an earlier commit may not know how to skip bake times.
    gradual: options.gradual === true || options.stack === true,
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    present,
  });
}

/** The same rollback with the program and the settings at the earlier commit. */
async function rollbackStack({ terminal, ...request }: StackRequest): Promise<Result> {
  const { flow, environment, options } = request;
  const { chooseEarlierStack } = await import('../release/earlier-stack.ts');
  const { checkOutProgram } = await import('../program/check-out.ts');
  const startedAt = flow.clock.now();
  const entries = await flow.target.ledger(environment).list();
  const earlier = chooseEarlierStack(flow.target.kind, environment, entries, options.to);
  const program = await checkOutProgram(terminal.projectDirectory, earlier.commit, flow.progress);
  const result = await rollbackWith(program, { ...request, terminal, options: { ...options, to: earlier.version } });
  const { json, summary } = resultOf({ ...result, seconds: secondsSince(flow.clock, startedAt) }, options);
  const commit = shortCommit(earlier.commit);
  return {
    json: { ...json, programCommit: earlier.commit },
    summary: {
      ...summary,
      lines: [
        ...(summary.lines ?? []),
        `Program and settings are those of commit ${commit}. Bring your branch to them, or the next up deploys what your branch has: git checkout ${commit} -- infra Pulumi.yaml Pulumi.${environment}.yaml`,
      ],
    },
  };
}

async function rollbackWith(program: ProgramOfCommit, request: StackRequest): Promise<RollbackResult> {
  const { terminal, flow, environment, options } = request;
  const { openEnvironmentTarget } = await import('./session.ts');
  const { lendManifest } = await import('../program/lend-manifest.ts');
  try {
    await lendManifest(terminal.projectDirectory, program.directory, environment, flow.progress);
    const target = await openEnvironmentTarget(terminal, options, environment, {
      programDirectory: program.directory,
    });
    return await rollbackRelease({ ...request, flow: { ...flow, target } });
  } catch (error) {
    flow.progress.fail?.();
    throw error;
  } finally {
    await program.remove();
  }
}

function resultOf(result: RollbackResult, { target }: RollbackOptions): Result {
  const { environment, url, release, before, held, changed, unverified, dryRun, seconds } = result;
  const { version, image, commit } = release;
  const did = dryRun
    ? `Nothing changed: ${environment} would roll back to ${version}`
    : changed
      ? `${environment} runs ${version} again, ${verified(unverified)}`
      : `Nothing changed: ${environment} already runs ${version}`;
  return {
    json: {
      environment,
      target,
      url,
      release: { version, image, commit },
      before: before?.version ?? null,
      held: held ?? null,
      changed,
      unverified: unverified ?? null,
      dryRun,
      seconds,
    },
    summary: {
      did,
      seconds,
      lines: [
        ...(dryRun ? [] : [url]),
        ...(held === undefined
          ? []
          : [`${held} is on hold on ${environment}: it is not deployed there again without --accept-rolled-back.`]),
      ],
      next: [
        dryRun
          ? { command: stackCommand(target, 'rollback', environment, '--to', version), purpose: 'roll back' }
          : { command: stackCommand(target, 'history', environment), purpose: 'list what ran when' },
      ],
    },
  };
}
