import type { Command } from 'commander';
import { stackCommand } from '../messages/next-command.ts';
import { UserError } from '../messages/user-error.ts';
import { secondsSince, systemClock } from '../release/clock.ts';
import type { Progress } from '../release/target.ts';
import { linesOf } from '../release/verify.ts';
import type { VerifyResult } from '../release/verify-running.ts';
import type { Result, Start } from './definition.ts';
import { environmentArgument, jsonOption, targetOption } from './options.ts';
import type { TargetOptions, Terminal } from './session.ts';

interface VerifyOptions extends TargetOptions {
  readonly release?: string;
  readonly contract?: true;
  readonly image?: string;
}

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(environmentArgument(command)))
    .option('--release <version>', 'version that must be running (default: the one in the history)')
    .option('--contract', 'run the app on this machine and check everything docs/your-app.md requires of it')
    .option('--image <image>', 'with --contract: check this local image instead of building one')
    .action(async (environment: string, options: VerifyOptions) => {
      await start(options, async ({ terminal, progress }) => {
        if (options.contract === true) return await verifyContract(terminal, progress, environment, options);
        const { verifyRunning } = await import('../release/verify-running.ts');
        const { openEnvironmentFlow } = await import('./session.ts');
        const flow = await openEnvironmentFlow(terminal, options, progress, environment);
        return resultOf(await verifyRunning(flow, environment, options.release), options);
      });
    });
}

/** The app runs in containers on this machine, whatever the environment's target. */
async function verifyContract(
  terminal: Terminal,
  progress: Progress,
  environment: string,
  { image }: VerifyOptions,
): Promise<Result> {
  const { projectDirectory, variables, signal } = terminal;
  const { readEnvironment } = await import('../program/settings.ts');
  const { readVerification } = await import('./verification.ts');
  const { checkContract } = await import('../conformance/check-contract.ts');
  const { openEnvironmentTarget } = await import('./session.ts');
  const target = await openEnvironmentTarget(terminal, { target: 'local' }, environment);
  const { contract, app, settings } = readEnvironment(projectDirectory, environment);
  const { smoke } = await readVerification(projectDirectory, environment, 'local');
  const startedAt = systemClock.now();
  const verification = await checkContract({
    projectDirectory,
    environment,
    contract,
    app,
    settings,
    ...(smoke === undefined ? {} : { smoke }),
    history: await target.ledger(environment).list(),
    variables,
    progress,
    signal,
    ...(image === undefined ? {} : { image }),
  });
  const { release, passed, checks, notChecked = [] } = verification;
  const count = `${checks.length} of ${checks.length + notChecked.length} rules checked`;
  if (!passed) {
    const broken = checks.filter((check) => !check.passed);
    throw new UserError({
      code: 'CONTRACT_NOT_KEPT',
      message: `${release.version} breaks ${broken.length} of ${checks.length + notChecked.length} rules of the contract: ${broken.map(({ name }) => name).join('; ')}.`,
      rule: 'docs/your-app.md says what the stack requires of an app, and why.',
      remedy: 'Fix the app. What runs is untouched.',
      details: linesOf(verification).join('\n'),
    });
  }
  const seconds = secondsSince(systemClock, startedAt);
  return {
    json: { environment, version: release.version, image: release.image, passed, checks, notChecked, seconds },
    summary: {
      did: `${release.version} keeps the contract: ${count}`,
      seconds,
      lines: notChecked.map(({ name, why }) => `Not checked: ${name}, because ${why}.`),
      next: [{ command: stackCommand('local', 'up', environment), purpose: 'deploy it here' }],
    },
  };
}

function resultOf(result: VerifyResult, { target }: VerifyOptions): Result {
  const { environment, url, version, verification, recorded, seconds } = result;
  if (!verification.passed) {
    const failed = verification.checks.filter(({ passed }) => !passed);
    throw new UserError({
      code: 'VERIFICATION_FAILED',
      message: `${version} on ${environment} failed ${failed.length} of ${verification.checks.length} checks: ${failed.map(({ name }) => name).join(', ')}.`,
      remedy: `\`${stackCommand(target, 'logs', environment)}\` shows its logs, \`${stackCommand(target, 'rollback', environment)}\` rolls back to the previous release.`,
      details: linesOf(verification).join('\n'),
    });
  }
  return {
    json: { environment, target, url, version, ...verification, recorded, seconds },
    summary: {
      did: `${environment} runs ${version}, verified`,
      seconds,
      lines: [
        url,
        ...(recorded ? ['Recorded: it counts as verified now.'] : []),
        ...(verification.notChecked ?? []).map(({ name, why }) => `Not checked: ${name}, because ${why}.`),
      ],
      next: [{ command: stackCommand(target, 'history', environment), purpose: 'list what ran before' }],
    },
  };
}
