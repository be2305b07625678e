import type { Command } from 'commander';
import { stackCommand } from '../messages/next-command.ts';
import { UserError } from '../messages/user-error.ts';
import type { DownResult } from '../release/down.ts';
import type { Result, Start } from './definition.ts';
import { environmentArgument, jsonOption, targetOption } from './options.ts';
import type { TargetOptions } from './session.ts';

interface DownOptions extends TargetOptions {
  readonly dryRun?: true;
  readonly yes?: true;
  readonly all?: true;
  readonly from?: string;
}

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(environmentArgument(command)))
    .option('--all', 'every environment on this machine')
    .option('--dry-run', 'show what would be removed and exit')
    .option('--yes', 'skip the confirmation (on target aws all data is deleted)')
    .option('--from <environment>', 'whose settings one that expires was made from, where its stack file is not here')
    .action(async (environment: string, options: DownOptions) => {
      await start(options, async ({ terminal, progress }) => {
        const { all, target, yes } = options;
        assertLocal(options);
        const { down } = await import('../release/down.ts');
        const { existing } = await import('../release/existing.ts');
        const { openEnvironmentFlow, openEnvironmentTarget } = await import('./session.ts');
        const { listEnvironments } = await import('../program/environments.ts');
        const remaining = async () => {
          if (target !== 'local') return [];
          const known = await listEnvironments(terminal.projectDirectory);
          return existing(await openEnvironmentTarget(terminal, options, known[0] ?? environment), known);
        };
        const { forgetExpiring, withStackFile } = await import('./expiring.ts');
        const names = all === true ? await remaining() : [environment];
        if (options.dryRun === true) {
          const found = names.map((name) =>
            withStackFile(terminal, name, options.from, async () => ({
              environment: name,
              contents: await (await openEnvironmentTarget(terminal, options, name)).operations.contents(name),
              kept: await keptLines(terminal.projectDirectory, name, options),
            })),
          );
          return dryRunOf(options, await Promise.all(found));
        }
        const results: DownResult[] = [];
        for (const name of names) {
          await withStackFile(terminal, name, options.from, async () => {
            const flow = await openEnvironmentFlow(terminal, options, progress, name);
            results.push(await down(flow, name, { yes: yes === true }));
            await forgetExpiring(terminal, flow.target, name);
          });
        }
        return resultOf(options, environment, results, await remaining());
      });
    });
}

/** What an environment uses and `down` leaves alone. */
async function keptLines(directory: string, environment: string, { target }: DownOptions): Promise<readonly string[]> {
  if (target === 'local') return [];
  const { existingResources } = await import('../../infra/settings/existing.ts');
  const { readSettings } = await import('../program/settings.ts');
  return existingResources(readSettings(directory, environment)).map(
    ({ what, id }) => `not of the stack, and left as it is: ${what} ${id}`,
  );
}

function dryRunOf(
  { target }: DownOptions,
  planned: readonly {
    readonly environment: string;
    readonly contents: readonly string[];
    readonly kept: readonly string[];
  }[],
): Result {
  const found = planned.map(({ environment, contents }) => ({ environment, contents }));
  const kept = planned.flatMap((one) => one.kept);
  const lines = found.flatMap(({ contents }) => contents);
  const names = found.map(({ environment }) => environment).join(' and ');
  return {
    json: { target, dryRun: true, environments: found, kept },
    ...(lines.length === 0 ? {} : { text: lines.join('\n') }),
    summary: {
      did:
        lines.length === 0
          ? `Nothing of ${names || 'any environment'} is there to remove`
          : `down would remove ${lines.length} of ${names}; nothing was changed`,
      ending: lines.length === 0 ? 'nothing' : 'done',
      seconds: 0,
      lines: kept,
    },
  };
}

/** On AWS an environment is deleted with its data, for which each has to be named. */
function assertLocal({ all, target }: DownOptions): void {
  if (all !== true || target === 'local') return;
  throw new UserError({
    code: 'ALL_NOT_LOCAL',
    message: '--all is for --target local.',
    rule: 'On AWS each environment that is destroyed has to be named.',
    remedy: stackCommand(target, 'down', '<environment>'),
  });
}

/** @param left environments that are still there */
export function resultOf(
  { all, target }: DownOptions,
  environment: string,
  results: readonly DownResult[],
  left: readonly string[],
): Result {
  const removed = results.filter(({ changed }) => changed).map((result) => result.environment);
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0);
  const changed = removed.length > 0;
  const [first] = left;
  const again = {
    command: stackCommand(target, 'up', environment),
    purpose: changed ? 'deploy it again' : 'deploy it',
  };
  return {
    json: {
      ...(all === true ? { environments: removed } : { environment }),
      target,
      changed,
      left,
      seconds,
    },
    summary: {
      did: changed
        ? `Removed ${removed.join(' and ')} from target ${target}`
        : `Nothing of ${all === true ? 'any environment' : environment} was there to remove`,
      ending: changed ? 'done' : 'nothing',
      seconds,
      lines: first === undefined ? [] : [`Still on this machine: ${left.join(', ')}`],
      next: [
        ...(first === undefined
          ? []
          : [{ command: stackCommand(target, 'down', '--all'), purpose: 'remove that too' }]),
        again,
      ],
    },
  };
}
