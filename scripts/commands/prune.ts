import type { Command } from 'commander';
import { exitCodes } from '../messages/exit-code.ts';
import { stackCommand } from '../messages/next-command.ts';
import { secondsSince, systemClock } from '../release/clock.ts';
import type { Pruned } from '../release/prune.ts';
import type { Target } from '../release/target.ts';
import type { Result, Start } from './definition.ts';
import { jsonOption, targetOption } from './options.ts';
import type { TargetOptions } from './session.ts';

interface PruneCommandOptions extends TargetOptions {
  readonly dryRun?: true;
  readonly yes?: true;
  readonly from?: string;
}

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(command))
    .option('--dry-run', 'show what has expired and exit')
    .option('--yes', 'skip the confirmation (on target aws all data is deleted)')
    .option('--from <environment>', 'where those are made from whose stack file is not here (default: as of up)')
    .action(async (options: PruneCommandOptions) => {
      await start(options, async ({ terminal, progress }) => {
        const startedAt = systemClock.now();
        const { candidateNames, prune } = await import('../release/prune.ts');
        const { assertApproved } = await import('../release/approval.ts');
        const { openEnvironmentFlow } = await import('./session.ts');
        const { firstOf, forgetExpiring, listExpiring, withStackFile } = await import('./expiring.ts');
        const source = options.from ?? (await firstOf(terminal.projectDirectory));
        const open = (environment: string) => openEnvironmentFlow(terminal, options, progress, environment);
        const flow = await open(source);
        progress.step('Look for environments that have expired');
        const known = await listExpiring(terminal.projectDirectory);
        const names = await candidateNames(flow.target, [...known.keys()]);
        const look = async (environment: string, dryRun: boolean): Promise<readonly Pruned[]> => {
          const stackFile = known.get(environment);
          const lasts = known.has(environment) && stackFile === undefined;
          const candidate = { environment, lasts, ...(stackFile === undefined ? {} : { stackFile }) };
          const forget = (name: string, of: Target) => forgetExpiring(terminal, of, name);
          return withStackFile(terminal, environment, source, () => prune([candidate], { dryRun, open, forget }));
        };
        const found: Pruned[] = [];
        for (const name of names) found.push(...(await look(name, true)));
        const expired = found.filter(({ outcome }) => outcome === 'expired').map(({ environment }) => environment);
        if (options.dryRun !== true && expired.length > 0) {
          if (options.target === 'aws' && options.yes !== true) {
            await assertApproved(flow, `Destroy ${expired.join(' and ')} on AWS with all their data?`);
          }
          // Judged again: somebody may have given one more time in the meantime.
          for (const name of expired) {
            const index = found.findIndex(({ environment }) => environment === name);
            found.splice(index, 1, ...(await look(name, false)));
          }
        }
        return resultOf(options, found, secondsSince(systemClock, startedAt));
      });
    });
}

export function resultOf(
  { target, dryRun }: Pick<PruneCommandOptions, 'target' | 'dryRun'>,
  environments: readonly Pruned[],
  seconds: number,
): Result {
  const of = (outcome: Pruned['outcome']) => environments.filter((one) => one.outcome === outcome);
  const names = (list: readonly Pruned[]) => list.map(({ environment }) => environment).join(' and ');
  const [removed, expired, failed, unknown] = [of('removed'), of('expired'), of('failed'), of('unknown')];
  const parts = [
    ...(removed.length === 0 ? [] : [`Removed ${names(removed)}`]),
    ...(expired.length === 0 ? [] : [`${names(expired)} would be removed; nothing was changed`]),
    ...(failed.length === 0 ? [] : [`${names(failed)} could not be removed`]),
  ];
  return {
    json: { target, dryRun: dryRun === true, environments, seconds },
    ...(environments.length === 0 ? {} : { text: environments.map(lineOf).join('\n') }),
    ...(failed.length === 0 ? {} : { exitCode: exitCodes.failed }),
    summary: {
      did: parts.length === 0 ? 'No environment has expired' : parts.join('; '),
      ending: failed.length > 0 ? 'found' : unknown.length > 0 ? 'attention' : parts.length === 0 ? 'nothing' : 'done',
      seconds,
      next: [...failed, ...unknown].map(({ environment }) => ({
        command: stackCommand(target, 'down', environment),
        purpose: 'remove it yourself',
      })),
    },
  };
}

function lineOf({ environment, outcome, expires, from, reason }: Pruned): string {
  const what = `${environment}${from === undefined ? '' : `, made from ${from}`}`;
  if (outcome === 'removed') return `${what}: removed; it expired at ${expires}`;
  if (outcome === 'expired') return `${what}: expired at ${expires}`;
  if (outcome === 'kept') return `${what}: kept; it expires at ${expires}`;
  if (outcome === 'failed') return `${what}: not removed: ${reason}`;
  return `${what}: kept, because it is not known whether it has expired: ${reason}`;
}
