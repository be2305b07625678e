import type { Command } from 'commander';
import { stackCommand } from '../output/command-line.ts';
import { UserError } from '../output/errors.ts';
import type { VerifyResult } from '../release/verify-running.ts';
import type { Result, Start } from './definition.ts';
import { environmentArgument, jsonOption, targetOption } from './options.ts';
import type { TargetOptions } from './session.ts';

interface VerifyOptions extends TargetOptions {
  readonly release?: string;
}

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(environmentArgument(command)))
    .option('--release <version>', 'version that must run; what the ledger says when absent')
    .action(async (environment: string, options: VerifyOptions) => {
      await start(options, async ({ terminal, progress }) => {
        const { verifyRunning } = await import('../release/verify-running.ts');
        const { openEnvironmentFlow } = await import('./session.ts');
        const flow = await openEnvironmentFlow(terminal, options, progress, environment);
        return resultOf(await verifyRunning(flow, environment, options.release), options);
      });
    });
}

function resultOf(result: VerifyResult, { target }: VerifyOptions): Result {
  const { environment, url, version, verification, recorded, seconds } = result;
  if (!verification.passed) {
    const failed = verification.checks.filter(({ passed }) => !passed);
    throw new UserError({
      code: 'VERIFICATION_FAILED',
      message: `${version} on ${environment} failed ${failed.length} of ${verification.checks.length} checks: ${failed.map(({ name }) => name).join(', ')}.`,
      remedy: `\`${stackCommand(target, 'logs', environment)}\` shows what it writes, \`${stackCommand(target, 'rollback', environment)}\` goes back to the release before.`,
      details: verification.checks
        .map(({ name, passed, detail }) => `${passed ? '✓' : '✗'} ${name}: ${detail}`)
        .join('\n'),
    });
  }
  return {
    json: { environment, target, url, version, passed: true, checks: verification.checks, recorded, seconds },
    summary: {
      did: `${environment} runs ${version}, verified`,
      seconds,
      lines: recorded ? [url, 'Written down: it counts as verified now.'] : [url],
      next: [{ command: stackCommand(target, 'history', environment), purpose: 'see what ran before' }],
    },
  };
}
